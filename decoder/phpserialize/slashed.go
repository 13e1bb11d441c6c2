package phpserialize

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"

	"envelog/decoder/jsonstring"
	"envelog/phpvalue"
)

// Symfony stores a serialized value as json_encode(addslashes(...)), so each quote of it costs four bytes:
//
//	value   addslashes   stored
//	"       \"           \\\"
//	\       \\           \\\\
//	NUL     \0           \\0
//	/       /            \/
//	é       é            \u00e9
//
// Undoing that first, and then reading the value, takes three times as long as reading the value where it lies: most
// strings have no escapes inside and stay where they are.

// quoteMark is a quote of the value as it is stored, in little-endian order.
const quoteMark = '"'<<24 | '\\'<<16 | '\\'<<8 | '\\'

// ParseSlashed reads the value at the front of src, which is the inside of a JSON string that holds the value with
// slashes added, and fills t: its Text with a copy of src and what had to be decoded. It returns the number of bytes
// of src that the value takes. Whether they are followed by the end of the string is the caller's to see.
//
// It reads what is usual, and gives up on all else: when ok is false nothing is known, and the layers have to be undone
// one by one. What it reads is what [Parser.Parse] reads of the same value.
func (p *Parser) ParseSlashed(t *phpvalue.Tree, src []byte) (n int, ok bool) {
	skipped, front := p.resume(t, src)
	end := p.readSlashed(front)
	p.finish()
	return skipped + end - front, end >= 0
}

// readSlashed is read for slashed values.
func (p *Parser) readSlashed(at int) (next int) {
	if len(p.src) > p.limits.MaxBytes {
		return -1
	}
	if at = p.value(at); at < 0 {
		return -1
	}
	for {
		if at = p.close(at); at < 0 || len(p.open) == 0 {
			return at
		}
		depth := len(p.open)
		for top := &p.open[depth-1]; top.left > 0 && len(p.open) == depth; {
			if at = p.slashedKey(at, top); at >= 0 {
				at = p.slashedValue(at)
			}
			if at < 0 {
				return -1
			}
		}
	}
}

// lookahead is how many bytes are looked at together at the most where a value or key begins. There are as many after each of
// them: a frame ends after each value.
const lookahead = 24

// slashedKey is nextKey for slashed values; top is the innermost container.
func (p *Parser) slashedKey(at int, top *container) (next int) {
	if len(p.src)-at < keySpace {
		return p.nextKey(at)
	}
	if k := p.keys.latest.next; k.equals((*[keySpace]byte)(p.src[at:])) {
		p.keys.latest = k
		top.left--
		p.nodes[top.node].List = false
		p.keyKind, p.key, p.plain = phpvalue.TextKey, uint64(phpvalue.NewSpan(at+int(k.start), int(k.len))), k.plain
		return at + int(k.size)
	}
	switch word := load(p.src, at); uint16(word) {
	case textHead:
		span, next := plainText(p.src, at, word)
		if next < 0 || p.src[span.Offset()] <= '9' { // which may be an int
			break
		}
		p.plain = p.keys.learn((*[keySpace]byte)(p.src[at:]), phpvalue.NewSpan(span.Offset()-at, span.Len()), next-at)
		top.left--
		p.nodes[top.node].List = false
		p.keyKind, p.key = phpvalue.TextKey, uint64(span)
		return next
	case intHead:
		n, digits := shortInt(word >> 16)
		if digits == 0 {
			break
		}
		top.left--
		p.plain = 0
		p.setIntKey(n)
		return afterInt(at, digits)
	}
	return p.nextKey(at)
}

// What values begin with, in little-endian order.
const (
	textHead  = ':'<<8 | 's'
	intHead   = ':'<<8 | 'i'
	boolHead  = ':'<<8 | 'b'
	floatHead = ':'<<8 | 'd'
	arrayHead = ':'<<8 | 'a'
)

// slashedValue is value for slashed values. What is usual does not go through it.
func (p *Parser) slashedValue(at int) (next int) {
	if len(p.src)-at < lookahead || len(p.nodes) >= p.room {
		return p.value(at)
	}
	switch word := load(p.src, at); uint16(word) {
	case textHead:
		span, next := plainText(p.src, at, word)
		if next < 0 {
			return p.escapedSlashed(at, span)
		}
		p.plain |= phpvalue.PlainText
		p.put(phpvalue.String, span, 0)
		return next
	case intHead:
		if n, digits := shortInt(word >> 16); digits > 0 {
			p.put(phpvalue.Int, 0, n)
			return afterInt(at, digits)
		}
	case arrayHead:
		if n := uint32(word>>16) ^ ('{'<<16 | ':'<<8 | '0'); n&0xffffff <= 9 {
			return p.begin(at+len("a:0:{"), phpvalue.Array, 0, int(n&0xff))
		}
	case boolHead:
		if value := uint16(word>>16) ^ (';'<<8 | '0'); value <= 1 {
			p.put(phpvalue.Bool, 0, int64(value))
			return at + len("b:0;")
		}
	case floatHead:
		return p.float(at + len("d:"))
	}
	return p.value(at)
}

// escapedSlashed reads the string at offset at that plainText did not read, whose bytes are at stored, if that is known.
func (p *Parser) escapedSlashed(at int, stored phpvalue.Span) (next int) {
	if stored == 0 {
		return p.value(at)
	}
	span, known, next := p.unslash(stored.Offset(), stored.Len(), ';')
	if next < 0 {
		return -1
	}
	p.plain |= known
	p.put(phpvalue.String, span, 0)
	return next
}

// afterInt returns where what follows the int of so many digits at offset at begins. As a predicted branch, this does not wait
// for the digits.
func afterInt(at, digits int) int {
	switch digits {
	case 1:
		return at + len("i:0;")
	case 2:
		return at + len("i:00;")
	case 3:
		return at + len("i:000;")
	case 4:
		return at + len("i:0000;")
	}
	return at + digits + len("i:;")
}

// shortInt reads the digits that word begins with, in little-endian order, and returns how many there are; 0 if there aren't any,
// or no semicolon follows within word.
func shortInt(word uint64) (n int64, digits int) {
	const ones = 0x0101010101010101
	values := word ^ '0'*ones
	other := (values + 0x76*ones | values) & (0x80 * ones) // what is more than 9
	width := bits.TrailingZeros64(other) &^ 7
	if width == 0 || byte(word>>(width&63)) != ';' {
		return 0, 0
	}
	// Each step makes one number of two neighbours, the first of which is in the lower bits.
	values <<= 64 - width
	values = (values * (10<<8 + 1)) >> 8 & 0x00ff00ff00ff00ff
	values = (values * (100<<16 + 1)) >> 16 & 0x0000ffff0000ffff
	return int64((values * (10000<<32 + 1)) >> 32), width / 8
}

// plainText reads `s:<len>:"<bytes>";` at offset at, where the bytes of word are, if the length has one or two digits and all
// bytes are plain, as of most strings. Otherwise next is negative, and span is where the bytes are stored if it came to them.
func plainText(src []byte, at int, word uint64) (span phpvalue.Span, next int) {
	const (
		oneDigit  = quoteMark<<32 | ':'<<24 | '0'<<16 | ':'<<8 | 's'
		twoDigits = quoteMark<<32 | ':'<<24 | '0'<<16 | '0'<<8 | ':'
	)
	n := 0
	if x := word ^ oneDigit; x < 10<<16 && x&0xffff == 0 {
		n, at = int(x>>16), at+8
	} else if x := load(src, at+1) ^ twoDigits; x < 10<<16 && byte(x>>8) < 10 && byte(x) == 0 {
		n, at = int(x>>8&0xff)*10+int(x>>16), at+9
	} else {
		return 0, -1
	}
	start, end := at, at+n
	if end > len(src)-size {
		return 0, -1
	}
	span = phpvalue.NewSpan(start, n)
	for ; end-at >= size; at += size {
		if jsonstring.Special(load(src, at)) != 0 {
			return span, -1
		}
	}
	rest := uint64(1)<<(8*(end-at)&63) - 1
	if jsonstring.Special(load(src, at))&rest != 0 || !endsSlashed(src, end, ';') {
		return span, -1
	}
	return span, end + endSize
}

// quotedSlashed is quoted for slashed values, and reports what is known of the text.
func (p *Parser) quotedSlashed(at int, stop byte) (span phpvalue.Span, plain phpvalue.Plain, next int) {
	n, at := consumeLength(p.src, at, ':')
	if at < 0 || len(p.src)-at < lookahead || uint32(load(p.src, at)) != quoteMark {
		return 0, 0, -1
	}
	at += 4
	end := at + n
	if end > len(p.src)-size || jsonstring.IndexSpecial(p.src, at) != end {
		return p.unslash(at, n, stop)
	}
	if !endsSlashed(p.src, end, stop) {
		return 0, 0, -1
	}
	return phpvalue.NewSpan(at, n), phpvalue.PlainText, end + endSize
}

// endSize is how long a quote and the byte after it are stored.
const endSize = len(`\\\";`)

// endsSlashed reports whether a quote and the byte stop are stored at offset at, after which there are as many bytes as are
// looked at together.
func endsSlashed(src []byte, at int, stop byte) bool {
	return load(src, at)&(1<<(8*endSize)-1) == quoteMark|uint64(stop)<<32
}

// size is how many bytes are looked at together.
const size = 8

// load returns the bytes of src from at on in little-endian order. The end of what is sliced costs less than the checks that
// are made without it.
func load(src []byte, at int) uint64 { return binary.LittleEndian.Uint64(src[at : at+size]) }

// unslash is quotedSlashed for strings that are not plain, from their n bytes on, which it adds to the tree's text. It gives up
// near the end of src, where no string of a value ends.
func (p *Parser) unslash(at, n int, stop byte) (span phpvalue.Span, plain phpvalue.Plain, next int) {
	last := len(p.src) - 2*size
	if n > len(p.src)-at {
		return 0, 0, -1
	}
	from := len(p.tree.Text)
	text := slices.Grow(p.tree.Text, n+2*size)[:from+n+2*size]
	to, end := from, from+n
	plain = phpvalue.PlainText | phpvalue.CleanText
	for {
		var seen phpvalue.Plain
		to, at, seen = copyUnslashed(text, to, end, at, last)
		plain &= seen
		if to >= end || at > last {
			break
		}
		plain = 0
		if to, at = unslashEscape(text, to, p.src, at); at < 0 {
			return 0, 0, -1
		}
	}
	if to != end || at > len(p.src)-size || !endsSlashed(p.src, at, stop) {
		return 0, 0, -1
	}
	p.tree.Text = text[:end]
	return phpvalue.NewSpan(from, n), plain, at + endSize
}

// copyUnslashed copies within text what is stored from offset at on to offset to and what follows, until it is at end, the
// next would be behind last, or something comes that is rare. It copies eight bytes at a time, valid or not: what is too much
// is written over.
func copyUnslashed(text []byte, to, end, at, last int) (toNext, next int, plain phpvalue.Plain) {
	const (
		latin      = '0'<<24 | '0'<<16 | 'u'<<8 | '\\'
		backslash  = '\\'<<24 | '\\'<<16 | '\\'<<8 | '\\'
		apostrophe = '\''<<16 | '\\'<<8 | '\\' // addslashes() escapes it, JSON does not
		lineFeed   = 'n'<<8 | '\\'
	)
	plain = phpvalue.PlainText | phpvalue.CleanText
	for to < end && at <= last {
		stored := load(text, at)
		binary.LittleEndian.PutUint64(text[to:to+size], stored)
		special := jsonstring.Special(stored)
		if special == 0 { // a predicted branch: the next load does not wait for this test
			to += size
			at += size
			continue
		}
		skip := jsonstring.FirstByte(special)
		to += skip
		at += skip
		if to >= end {
			break
		}
		switch escape := load(text, at); {
		case uint32(escape) == latin:
			c := latinLetter(byte(escape>>32), byte(escape>>40))
			if c == 0 {
				return to, at, plain
			}
			binary.LittleEndian.PutUint16(text[to:to+2], 0x80c0|c>>6|c&0x3f<<8)
			plain &= phpvalue.CleanText
			to += 2
			at += len(`\u00e9`)
		case uint16(escape) == '/'<<8|'\\':
			text[to] = '/'
			to++
			at += len(`\/`)
		case uint32(escape) == quoteMark || uint32(escape) == backslash:
			text[to] = byte(escape >> 24)
			plain &= phpvalue.CleanText
			to++
			at += len(`\\\"`)
		case uint16(escape) == lineFeed:
			text[to] = '\n'
			plain = 0
			to++
			at += len(`\n`)
		case escape&0xffffff == apostrophe:
			text[to] = '\''
			to++
			at += len(`\\'`)
		default:
			return to, at, plain
		}
	}
	return to, at, plain
}

// latinLetter returns the visible character from U+00A0 to U+00FF, the most usual in Western languages, that is stored as
// \u00 and these two digits; 0 when they are not such.
func latinLetter(high, low byte) uint16 {
	const softHyphen = 0xad
	c := uint32(hexDigits[high])<<4 | uint32(hexDigits[low])
	c -= isHex<<4 | isHex // what lacks one of them becomes too large
	if c < 0xa0 || c > 0xff || c == softHyphen {
		return 0
	}
	return uint16(c)
}

// isHex marks the entries of hexDigits that are digits.
const isHex = 0x1000

// hexDigits has the values of hex digits.
var hexDigits = [256]uint16{
	'0': isHex, '1': isHex + 1, '2': isHex + 2, '3': isHex + 3, '4': isHex + 4, '5': isHex + 5, '6': isHex + 6, '7': isHex + 7,
	'8': isHex + 8, '9': isHex + 9, 'a': isHex + 10, 'b': isHex + 11, 'c': isHex + 12, 'd': isHex + 13, 'e': isHex + 14, 'f': isHex + 15,
	'A': isHex + 10, 'B': isHex + 11, 'C': isHex + 12, 'D': isHex + 13, 'E': isHex + 14, 'F': isHex + 15,
}

// unslashEscape writes to text[to:] what is stored as an escape, or beyond ASCII, at offset at. There is room for more
// than one character, and there are eight bytes left.
func unslashEscape(text []byte, to int, src []byte, at int) (toNext, next int) {
	switch stored := load(src, at); {
	case stored&0xffffff == '0'<<16|'\\'<<8|'\\':
		text[to] = 0
		return to + 1, at + 3
	case uint16(stored) == 'u'<<8|'\\':
		if r, next := jsonstring.ConsumeUnicode(src, at); next >= 0 && r >= utf8.RuneSelf {
			return to + utf8.EncodeRune(text[to:], r), next
		}
	}
	text, next = appendSlashed(text[:to], src, at)
	return len(text), next
}

// appendSlashed decodes one character of a JSON string, and if that is a backslash, the one that it protects.
func appendSlashed(dst, src []byte, at int) ([]byte, int) {
	start := len(dst)
	dst, at = appendInside(dst, src, at)
	if at < 0 || dst[start] != '\\' {
		return dst, at
	}
	dst, at = appendInside(dst[:start], src, at)
	if at >= 0 && dst[start] == '0' {
		dst[start] = 0
	}
	return dst, at
}

// appendInside decodes one character of a JSON string and fails at its end.
func appendInside(dst, src []byte, at int) ([]byte, int) {
	if at == len(src) || src[at] == '"' {
		return dst, -1
	}
	return jsonstring.AppendChar(dst, src, at)
}
