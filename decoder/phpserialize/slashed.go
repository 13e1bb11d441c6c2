package phpserialize

import (
	"encoding/binary"
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
// Undoing that first, and then reading the value, takes three times as long as reading the value in place: most
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

// readSlashed is read for slashed values. Strings, which are nearly all there is, do not go through value and nextKey.
func (p *Parser) readSlashed(at int) (next int) {
	if len(p.src) > p.limits.MaxBytes {
		return -1
	}
	for {
		if len(p.src)-at >= 2 && p.src[at] == 's' && p.src[at+1] == ':' && len(p.nodes) < p.limits.MaxElements {
			span, plain, end := p.quotedSlashed(at+2, ';')
			if at = end; at >= 0 {
				p.plain |= plain
				p.add(phpvalue.String, span, 0)
			}
		} else {
			at = p.value(at)
		}
		if at < 0 {
			return -1
		}
		if at < len(p.src) && p.src[at] == '}' || len(p.open) == 0 || p.open[len(p.open)-1].left == 0 {
			if at = p.close(at); at < 0 || len(p.open) == 0 {
				return at
			}
		}
		if at = p.nextSlashedKey(at); at < 0 {
			return -1
		}
	}
}

// nextSlashedKey is nextKey for slashed values.
func (p *Parser) nextSlashedKey(at int) (next int) {
	if len(p.src)-at < 2 || p.src[at] != 's' || p.src[at+1] != ':' {
		return p.nextKey(at)
	}
	top := &p.open[len(p.open)-1]
	top.left--
	span, plain, next := p.quotedSlashed(at+2, ';')
	if next < 0 {
		return -1
	}
	p.plain = 0
	parent := &p.nodes[top.node]
	if first := p.tree.Text[span.Offset()]; first <= '9' && parent.Kind == phpvalue.Array {
		p.setTextKey(span)
		return next
	}
	parent.List = false
	p.keyKind, p.key, p.plain = phpvalue.TextKey, uint64(span), plain<<1
	return next
}

// quotedSlashed is quoted for slashed values, and reports whether the text is plain. There are at least as many bytes after a string as it looks at together:
// a frame ends after each value.
func (p *Parser) quotedSlashed(at int, stop byte) (span phpvalue.Span, plain phpvalue.Plain, next int) {
	const word, most = 8, 24
	if len(p.src)-at < most {
		return 0, 0, -1
	}
	n, at := openSlashed(p.src, at)
	if at < 0 {
		return 0, 0, -1
	}
	end := at + jsonstring.PlainPrefix(binary.LittleEndian.Uint64(p.src[at:]))
	if end == at+word {
		end = jsonstring.IndexSpecial(p.src, end)
	}
	if end == at+n {
		span, plain = phpvalue.NewSpan(at, n), phpvalue.PlainText
	} else if span, end = p.unslash(at, n); end < 0 {
		return 0, 0, -1
	}
	if len(p.src)-end < word || binary.LittleEndian.Uint64(p.src[end:])&(1<<40-1) != quoteMark|uint64(stop)<<32 {
		return 0, 0, -1
	}
	return span, plain, end + 5
}

// openSlashed reads `<len>:\\\"`, with the quote as it is stored. At least twelve bytes are left.
func openSlashed(src []byte, at int) (n, next int) {
	const open = quoteMark<<8 | ':'
	switch w := binary.LittleEndian.Uint64(src[at:]); {
	case w>>8&(1<<40-1) == open:
		if n = int(byte(w) - '0'); n <= 9 {
			return n, at + 6
		}
	case w>>16&(1<<40-1) == open:
		tens, ones := int(byte(w)-'0'), int(byte(w>>8)-'0')
		if tens <= 9 && ones <= 9 {
			return tens*10 + ones, at + 7
		}
	}
	n, at = consumeLength(src, at, ':')
	if at < 0 || len(src)-at < 12 || binary.LittleEndian.Uint32(src[at:]) != quoteMark {
		return 0, -1
	}
	return n, at + 4
}

// unslash adds to the tree's text the n bytes that are stored from at on. It copies eight bytes at a time, valid or
// not: what is too much is written over. It gives up near the end of src, where no string of a value ends.
func (p *Parser) unslash(at, n int) (span phpvalue.Span, next int) {
	const word = 8
	src := p.src
	if n > len(src)-at {
		return 0, -1
	}
	from := len(p.tree.Text)
	text := slices.Grow(p.tree.Text, n+2*word)[:from+n+2*word]
	to, end := from, from+n
	for to < end && at >= 0 {
		if len(src)-at < 2*word {
			return 0, -1
		}
		stored := binary.LittleEndian.Uint64(src[at:])
		binary.LittleEndian.PutUint64(text[to:], stored)
		plain := jsonstring.PlainPrefix(stored)
		to += plain
		at += plain
		if plain < word && to < end {
			to, at = unslashEscape(text, to, src, at)
		}
	}
	if to != end || at < 0 {
		return 0, -1
	}
	p.tree.Text = text[:end]
	return phpvalue.NewSpan(from, n), at
}

// unslashEscape writes to text[to:] what is stored as an escape, or beyond ASCII, at offset at. There is room for more
// than one character, and there are eight bytes left. The most usual escapes come first.
func unslashEscape(text []byte, to int, src []byte, at int) (toNext, next int) {
	const (
		latin     = '0'<<24 | '0'<<16 | 'u'<<8 | '\\'
		backslash = '\\'<<24 | '\\'<<16 | '\\'<<8 | '\\'
	)
	switch stored := binary.LittleEndian.Uint64(src[at:]); {
	case uint32(stored) == latin:
		if c := latinLetter(byte(stored>>32), byte(stored>>40)); c != 0 {
			text[to], text[to+1] = 0xc0|c>>6, 0x80|c&0x3f
			return to + 2, at + 6
		}
	case uint32(stored) == quoteMark:
		text[to] = '"'
		return to + 1, at + 4
	case uint16(stored) == '/'<<8|'\\':
		text[to] = '/'
		return to + 1, at + 2
	case uint32(stored) == backslash:
		text[to] = '\\'
		return to + 1, at + 4
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

// latinLetter returns the character from U+0080 to U+00FF, the most usual in Western languages, that is stored as \u00 and
// these two digits; 0 when they are not such. Which of the digits are letters cannot be guessed: it takes no branches.
func latinLetter(high, low byte) byte {
	c := (high&0xf+high>>6*9)<<4 | (low&0xf + low>>6*9)
	if hexDigitBit(high)&hexDigitBit(low)&uint32(c>>7) == 0 {
		return 0
	}
	return c
}

// hexDigitBit returns 1 for a hex digit, 0 for all else.
func hexDigitBit(c byte) uint32 {
	digit, letter := uint32(c-'0')-10, uint32(c|0x20-'a')-6 // below 0 for those
	return (digit | letter) >> 31
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
