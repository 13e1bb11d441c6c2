package format

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"

	"envelog/decoder/jsonstring"
	"envelog/phpvalue"
)

// escapes says which characters a JSON string holds as an escape.
type escapes uint8

const (
	// asPHP is json_encode() with Monolog's flags (Monolog 3 Utils::DEFAULT_JSON_FLAGS): slashes and characters beyond
	// ASCII stay, U+2028 and U+2029 are escaped, what is not UTF-8 becomes U+FFFD.
	asPHP escapes = iota
	// allControls escapes DEL and U+0080 to U+009F as well, on which terminals act, and what isHidden from readers.
	allControls
)

const replacement = "\uFFFD"

// appendQuoted appends s as a JSON string.
func appendQuoted(dst, s []byte, mode escapes) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s, mode)
	return append(dst, '"')
}

// appendPlain appends what is at span of text, in which nothing needs an escape, as a JSON string.
func appendPlain(dst, text []byte, span phpvalue.Span) []byte {
	const short = 2 * size
	start, at, n := len(dst)+1, span.Offset(), span.Len()
	dst = slices.Grow(dst, n+short+2)
	line := dst[:start+n+1]
	if n <= short && at+short <= cap(text) {
		// Two loads and stores, of more than is needed, take less than a call that looks at the length first.
		store(line[:cap(line)], start, load(text, at))
		store(line[:cap(line)], start+size, load(text, at+size))
	} else {
		copy(line[start:], text[at:at+n])
	}
	line[start-1], line[start+n] = '"', '"'
	return line
}

// appendEscaped appends s, escaped for a JSON string, without the quotes around it.
func appendEscaped(dst, s []byte, mode escapes) []byte {
	for at := 0; ; {
		plain := skipPlain(s, at)
		dst = append(dst, s[at:plain]...)
		if dst, at = appendUsual(dst, s, plain); at == plain && at < len(s) {
			dst, at = appendRare(dst, s, at, mode)
		}
		if at == len(s) {
			return dst
		}
	}
}

// appendUsual copies s from offset at on, eight bytes at a time, and escapes what JSON escapes in two characters. It returns the offset at
// which it stops: at any other character that may need an escape, or where fewer than eight bytes are left. A store may write more
// bytes than are copied; the next one overwrites them.
func appendUsual(dst, s []byte, at int) (line []byte, next int) {
	const piece = 4096 // limits how much room is reserved: twice the piece, in case each byte needs an escape
	for len(s)-at >= size {
		last := min(at+piece, len(s)-size)
		dst = slices.Grow(dst, 2*(last-at)+3*size)
		line, to := dst[:cap(dst)], len(dst)
		for at <= last {
			w := load(s, at)
			store(line, to, w)
			found := special(w, ' '*everyByte, '\\'*everyByte)
			if found == 0 { // a predicted branch: the next load does not wait for this test
				at += size
				to += size
				continue
			}
			plain := bits.TrailingZeros64(found) / 8
			at += plain
			to += plain
			c := byte(w >> (8 * plain & 63))
			if isTwoByteLetter(s[at:]) {
				line[to], line[to+1] = c, s[at+1]
				at += 2
			} else if letter := jsonstring.ShortEscapes[c]; letter != 0 {
				line[to], line[to+1] = '\\', letter
				at++
			} else {
				return line[:to], at
			}
			to += 2
		}
		dst = line[:to]
	}
	return dst, at
}

// appendRare appends the character of s at offset at, which may need an escape of any length, and the characters beyond ASCII that follow it.
// It returns the offset after them.
func appendRare(dst, s []byte, at int, mode escapes) (line []byte, next int) {
	for first := at; at == first || at < len(s) && s[at] >= utf8.RuneSelf; {
		size, escape := inspect(s[at:], mode)
		if escape {
			dst = appendEscape(dst, s[at:at+size])
		} else {
			dst = append(dst, s[at:at+size]...)
		}
		at += size
	}
	return dst, at
}

// appendClean appends what is at span of text, in which only quotes and backslashes need an escape, as a JSON string. It tests for nothing
// else: through appendEscaped, large records take a fifth longer. It copies eight bytes at a time; the next store overwrites what is
// too much.
func appendClean(dst, text []byte, span phpvalue.Span) []byte {
	at, end := span.Offset(), span.Offset()+span.Len()
	if end+size > cap(text) {
		return appendQuoted(dst, text[at:end], asPHP)
	}
	to := len(dst)
	dst = slices.Grow(dst, 2*span.Len()+size+2)
	line := dst[:cap(dst)]
	line[to] = '"'
	to++
	for at < end {
		w := load(text, at)
		store(line, to, w)
		found := quotes(w)
		plain := bits.TrailingZeros64(found) / 8
		if found == 0 || at+plain >= end {
			at += size
			to += size
			continue
		}
		line[to+plain], line[to+plain+1] = '\\', byte(w>>(8*plain&63))
		at += plain + 1
		to += plain + 2
	}
	to -= at - end
	line[to] = '"'
	return line[:to+1]
}

// size is how many bytes are looked at together.
const size = 8

// load returns the bytes of s from at on in little-endian order. The end of what is sliced costs less than the checks that are
// made without it.
func load(s []byte, at int) uint64 { return binary.LittleEndian.Uint64(s[at : at+size]) }

// store is the reverse of load.
func store(s []byte, at int, word uint64) { binary.LittleEndian.PutUint64(s[at:at+size], word) }

// quotes returns a word whose lowest set bit lies in the first byte of w that is a quote or a backslash.
func quotes(w uint64) uint64 {
	quote := (w ^ '"'*everyByte) - everyByte
	backslash := (w ^ '\\'*everyByte) - everyByte
	return (quote | backslash) &^ w & highBits
}

// skipPlain returns the index of the first byte from i on that a JSON string may have to escape: a control character, a
// quote, a backslash, DEL, or a byte beyond ASCII.
func skipPlain(s []byte, i int) int { return skip(s, i, ' '*everyByte, '\\'*everyByte) }

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// skip returns the index of the first byte from i on that is below the byte that least repeats, is a quote, DEL, the byte
// that other repeats, or is beyond ASCII. It looks at eight bytes at a time.
func skip(s []byte, i int, least, other uint64) int {
	for ; i+8 <= len(s); i += 8 {
		if found := special(binary.LittleEndian.Uint64(s[i:]), least, other); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	return i + bits.TrailingZeros64(special(loadShort(s[i:]), least, other))/8
}

// special returns a word whose lowest set bit is in the first byte of w for which skip looks. In a byte below 0x80 each
// subtraction sets the high bit only if it borrows; what a borrow does to later bytes does not matter.
func special(w, least, other uint64) uint64 {
	below := w - least
	quote := (w ^ '"'*everyByte) - everyByte
	del := w + everyByte // carries above a byte that is beyond ASCII itself
	same := (w ^ other) - everyByte
	return (w | below | quote | del | same) & highBits
}

// loadShort returns up to seven bytes in a word, as a load of eight would, with zeros after them.
func loadShort(s []byte) uint64 {
	n := len(s)
	if n >= 4 {
		return uint64(binary.LittleEndian.Uint32(s)) | uint64(binary.LittleEndian.Uint32(s[n-4:]))<<(8*(n-4))
	}
	if n == 0 {
		return 0
	}
	return uint64(s[0]) | uint64(s[n/2])<<(8*(n/2)) | uint64(s[n-1])<<(8*(n-1))
}

// isTwoByteLetter reports whether b starts with a visible character from U+00C0 to U+07FF. It returns false for all that start with 0xcd
// or 0xd8, because one of each is invisible.
func isTwoByteLetter(b []byte) bool {
	return b[0] > 0xc2 && b[0] < 0xe0 && b[0] != 0xcd && b[0] != 0xd8 && len(b) > 1 && b[1]&0xc0 == 0x80
}

// inspect looks at the character that b starts with, which skipPlain has found: its size in bytes, and whether it has
// to be escaped.
func inspect(b []byte, mode escapes) (size int, escape bool) {
	if b[0] < utf8.RuneSelf {
		return 1, b[0] != 0x7f || mode == allControls
	}
	if isTwoByteLetter(b) {
		return 2, false
	}
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError && size == 1 {
		return invalidSize(b), true
	}
	return size, r == '\u2028' || r == '\u2029' || mode == allControls && (r < 0xa0 || isHidden(r))
}

// invalidSize returns how many bytes PHP replaces by one U+FFFD where b does not start with UTF-8 (php-src
// ext/standard/html.c, get_next_char): a lead byte takes as many bytes along as it announces, up to the first that can
// itself start a character.
func invalidSize(b []byte) int {
	want := sequenceLength(b[0])
	for n := 1; n < want; n++ {
		if n == len(b) || startsCharacter(b[n]) {
			return n
		}
	}
	return want
}

// sequenceLength returns the length of the UTF-8 sequence that lead announces; 1 if it is none.
func sequenceLength(lead byte) int {
	switch {
	case lead >= 0xc2 && lead < 0xe0:
		return 2
	case lead >= 0xe0 && lead < 0xf0:
		return 3
	case lead >= 0xf0 && lead < 0xf5:
		return 4
	}
	return 1
}

func startsCharacter(c byte) bool { return c < utf8.RuneSelf || sequenceLength(c) > 1 }

// appendEscape appends the escape of one character, or the replacement of bytes that aren't one.
func appendEscape(dst, char []byte) []byte {
	r, size := utf8.DecodeRune(char)
	if r == utf8.RuneError && size == 1 {
		return append(dst, replacement...)
	}
	return jsonstring.AppendEscape(dst, r)
}

// closeQuoted ends the JSON string whose text was written to dst from start on, after its opening quote, without
// escapes yet.
func closeQuoted(dst []byte, start int, mode escapes) []byte {
	end := len(dst)
	start += skipPlain(dst[start:], 0)
	if start < end {
		dst = appendEscaped(dst, dst[start:end], mode)
		dst = append(dst[:start], dst[end:]...)
	}
	return append(dst, '"')
}
