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
	end := p.read(front)
	p.finish()
	return skipped + end - front, end >= 0
}

// quotedSlashed is quoted for slashed values.
func (p *Parser) quotedSlashed(at int, stop byte) (span phpvalue.Span, next int) {
	n, at := consumeLength(p.src, at, ':')
	if at < 0 || len(p.src)-at < 12 || !isQuote(p.src, at) {
		return 0, -1
	}
	at += 4
	end := at + jsonstring.PlainPrefix(binary.LittleEndian.Uint64(p.src[at:]))
	if end == at+8 {
		end = jsonstring.IndexSpecial(p.src, end)
	}
	if end == at+n {
		span = phpvalue.NewSpan(at, n)
	} else if span, end = p.unslash(at, n); end < 0 {
		return 0, end
	}
	if len(p.src)-end < 5 || !isQuote(p.src, end) || p.src[end+4] != stop {
		return 0, -1
	}
	return span, end + 5
}

func isQuote(src []byte, at int) bool {
	return binary.LittleEndian.Uint32(src[at:]) == quoteMark
}

// unslash adds to the tree's text the n bytes that are stored from at on. It copies eight bytes at a time, valid or
// not: what is too much is written over. It gives up near the end of src, where no string of a value ends.
func (p *Parser) unslash(at, n int) (span phpvalue.Span, next int) {
	const word = 8
	if n > len(p.src)-at {
		return 0, -1
	}
	from := len(p.tree.Text)
	text := slices.Grow(p.tree.Text, n+2*word)[:from+n+2*word]
	to, end := from, from+n
	for to < end && at >= 0 {
		if len(p.src)-at < word {
			return 0, -1
		}
		next := binary.LittleEndian.Uint64(p.src[at:])
		binary.LittleEndian.PutUint64(text[to:], next)
		plain := jsonstring.PlainPrefix(next)
		to += plain
		at += plain
		if plain < word && to < end {
			to, at = unslashEscape(text, to, p.src, at)
		}
	}
	if to != end || at < 0 {
		return 0, -1
	}
	p.tree.Text = text[:end]
	return phpvalue.NewSpan(from, n), at
}

// unslashEscape writes to text[to:] what is stored as an escape, or beyond ASCII, at offset at. There is room for more
// than one character.
func unslashEscape(text []byte, to int, src []byte, at int) (toNext, next int) {
	if len(src)-at >= 4 {
		switch stored := binary.LittleEndian.Uint32(src[at:]); {
		case stored == quoteMark:
			text[to] = '"'
			return to + 1, at + 4
		case stored == '\\'<<24|'\\'<<16|'\\'<<8|'\\':
			text[to] = '\\'
			return to + 1, at + 4
		case stored&0xffffff == '0'<<16|'\\'<<8|'\\':
			text[to] = 0
			return to + 1, at + 3
		case stored&0xffff == '/'<<8|'\\':
			text[to] = '/'
			return to + 1, at + 2
		case stored&0xffff == 'u'<<8|'\\':
			if r, next := jsonstring.ConsumeUnicode(src, at); next >= 0 && r >= utf8.RuneSelf {
				return to + utf8.EncodeRune(text[to:], r), next
			}
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
