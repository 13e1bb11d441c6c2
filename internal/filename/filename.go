// Package filename encodes any bytes as one element of a path, and decodes them: files are named after channels, transports
// and consumers, whose names come from an application.
package filename

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Names that Decode cannot reverse.
var (
	// ErrNotEncoded means that Encode never returns this name.
	ErrNotEncoded = errors.New("not an encoded name")
	// ErrShortened means that the name is that of a text too long for a file name; only its start is in it.
	ErrShortened = errors.New("encoded name was shortened")
)

// Limit is how many bytes an encoded name has at most; of NAME_MAX (255) the rest is for date, number and suffixes.
const Limit = 200

// Reserved is a name that no text is encoded to: that of the file for the lines of channels that are too many.
const Reserved = "overflow"

const (
	emptyName   = "%empty" // stands for no bytes at all; no escape has lower-case digits
	shortMark   = "%~"     // ends what is left of a name that was too long; no escape begins like this
	shortSum    = 16       // bytes of the SHA-256 of the whole, in hex after shortMark
	shortTail   = len(shortMark) + 2*shortSum
	upperDigits = "0123456789ABCDEF"
)

// Encode returns the one path element that stands for text in file names: never empty, "." or "..", at most 200
// bytes of valid UTF-8, without control characters, separators or anything that a shell would look at, and not
// beginning with a dot or a hyphen.
//
// Letters and digits of any script, "_", "." and "-" stand for themselves. Everything else, and a leading "." or "-",
// is percent-encoded by its bytes (%2F), with upper-case digits. No bytes are "%empty"; the text "overflow",
// which is [Reserved], is "%6Fverflow". A name that would be longer than 200 bytes ends early, in "%~"
// and the first 32 hex digits of the SHA-256 of the text.
//
// Different texts have different names. A file system that folds case, as macOS does, may still give "App" and "app"
// one file: their lines then stand in it side by side.
func Encode(text []byte) string {
	return string(Append(nil, text, Limit))
}

// Append appends the encoded name of text to dst, with at most limit bytes instead of 200; limit is 50 or more.
func Append(dst, text []byte, limit int) []byte {
	switch string(text) {
	case "":
		return append(dst, emptyName...)
	case Reserved:
		return append(appendEscaped(dst, text[:1]), text[1:]...)
	}
	start, cut := len(dst), len(dst)
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if isPlain(r) && (len(dst) > start || r != '.' && r != '-') {
			dst = append(dst, rest[:size]...)
		} else {
			dst = appendEscaped(dst, rest[:size])
		}
		rest = rest[size:]
		if len(dst)-start > limit {
			return appendShort(dst[:cut], text)
		}
		if len(dst)-start <= limit-shortTail {
			cut = len(dst)
		}
	}
	return dst
}

// isPlain reports whether r stands for itself. Marks do not, so that the composed and the decomposed spelling of a letter
// stay apart where a file system takes both for the same.
func isPlain(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r == '_' || r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z'
	case r == utf8.RuneError:
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func appendEscaped(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, '%', upperDigits[c>>4], upperDigits[c&15])
	}
	return dst
}

func appendShort(dst, text []byte) []byte {
	sum := sha256.Sum256(text)
	return hex.AppendEncode(append(dst, shortMark...), sum[:shortSum])
}

// Decode returns the text whose encoded name this is. The errors are [ErrNotEncoded] and [ErrShortened].
func Decode(name string) ([]byte, error) {
	if name == emptyName {
		return []byte{}, nil
	}
	text := make([]byte, 0, len(name))
	for rest := []byte(name); len(rest) > 0; {
		if bytes.HasPrefix(rest, []byte(shortMark)) {
			return nil, fmt.Errorf("decode name %q: %w", name, ErrShortened)
		}
		b, size := unescape(rest)
		text, rest = append(text, b), rest[size:]
	}
	if Encode(text) != name {
		return nil, fmt.Errorf("decode name %q: %w", name, ErrNotEncoded)
	}
	return text, nil
}

// unescape returns the byte that b begins with, and how long its spelling is. A broken escape stands for itself: it is
// found when the result is encoded again.
func unescape(b []byte) (byte, int) {
	if b[0] != '%' || len(b) < 3 {
		return b[0], 1
	}
	var decoded [1]byte
	if _, err := hex.Decode(decoded[:], b[1:3]); err != nil {
		return b[0], 1
	}
	return decoded[0], 3
}
