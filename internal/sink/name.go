package sink

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Names that DecodeName cannot reverse.
var (
	// ErrNotName means that EncodeName never returns this name.
	ErrNotName = errors.New("not an encoded name")
	// ErrShortenedName means that the name is that of a channel too long for a file name; only its start is in it.
	ErrShortenedName = errors.New("encoded name was shortened")
)

const (
	nameLimit   = 200      // bytes of an encoded name; of NAME_MAX (255) the rest is for date, number and suffixes
	emptyName   = "%empty" // stands for no bytes at all; no escape has lower-case digits
	shortMark   = "%~"     // ends what is left of a name that was too long; no escape begins like this
	shortSum    = 16       // bytes of the SHA-256 of the whole, in hex behind shortMark
	shortTail   = len(shortMark) + 2*shortSum
	overflow    = "overflow" // the name of the overflow file; a channel of this name is escaped
	upperDigits = "0123456789ABCDEF"
)

// EncodeName returns the one path element that stands for channel in file names: never empty, "." or "..", at most 200
// bytes of valid UTF-8, without control characters, separators or anything that a shell would look at, and not
// beginning with a dot or a hyphen.
//
// Letters and digits of any script, "_", "." and "-" stand for themselves. Everything else, and a leading "." or "-",
// is percent-encoded by its bytes (%2F), with upper-case digits. No bytes are "%empty"; the channel "overflow", whose
// name belongs to the overflow file, is "%6Fverflow". A name that would be longer than 200 bytes ends early, in "%~"
// and the first 32 hex digits of the SHA-256 of the channel.
//
// Different channels have different names. A file system that folds case, as macOS does, may still give "App" and "app"
// one file: their lines then stand in it side by side.
func EncodeName(channel []byte) string {
	return string(appendName(nil, channel, nameLimit))
}

// appendName appends the encoded name of channel, at most limit bytes, to dst.
func appendName(dst, channel []byte, limit int) []byte {
	switch string(channel) {
	case "":
		return append(dst, emptyName...)
	case overflow:
		return append(appendEscaped(dst, channel[:1]), channel[1:]...)
	}
	start, cut := len(dst), len(dst)
	for rest := channel; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if isPlain(r) && (len(dst) > start || r != '.' && r != '-') {
			dst = append(dst, rest[:size]...)
		} else {
			dst = appendEscaped(dst, rest[:size])
		}
		rest = rest[size:]
		if len(dst)-start > limit {
			return appendShort(dst[:cut], channel)
		}
		if len(dst)-start <= limit-shortTail {
			cut = len(dst)
		}
	}
	return dst
}

// isPlain tells whether r stands for itself. Marks do not, so that the composed and the decomposed spelling of a letter
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

func appendShort(dst, channel []byte) []byte {
	sum := sha256.Sum256(channel)
	return hex.AppendEncode(append(dst, shortMark...), sum[:shortSum])
}

// DecodeName returns the channel whose encoded name this is. The errors are [ErrNotName] and [ErrShortenedName].
func DecodeName(name string) ([]byte, error) {
	if name == emptyName {
		return []byte{}, nil
	}
	channel := make([]byte, 0, len(name))
	for rest := []byte(name); len(rest) > 0; {
		if bytes.HasPrefix(rest, []byte(shortMark)) {
			return nil, fmt.Errorf("decode name %q: %w", name, ErrShortenedName)
		}
		b, size := unescape(rest)
		channel, rest = append(channel, b), rest[size:]
	}
	if EncodeName(channel) != name {
		return nil, fmt.Errorf("decode name %q: %w", name, ErrNotName)
	}
	return channel, nil
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
