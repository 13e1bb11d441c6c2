package format

import (
	"encoding/binary"

	"envelog/phpvalue"
)

const (
	short       = 2 * size         // bytes of a key or text that are copied in words, of more than is needed
	elementRoom = 2*short + 2*size // and what is around a short key and a short value
)

// element appends before, a key and its value. Where there is no room for the key, the notice is. Most keys and values are short and
// plain: for these there is one look at the room for all, in the line and in its memory.
func (n *normalizer) element(dst []byte, before byte, v phpvalue.Value, depth int) []byte {
	node, text := v.Node(), v.Tree().Text
	key, to := phpvalue.Span(node.Key), len(dst)
	if node.Plain&phpvalue.PlainKey == 0 || !isShort(text, key) || cap(dst)-to < elementRoom || n.work <= 0 || !n.hasRoom(dst, elementRoom) {
		return n.longElement(append(dst, before), v, depth)
	}
	n.work--
	line := dst[:cap(dst)]
	binary.LittleEndian.PutUint16(line[to:to+2], uint16(before)|'"'<<8)
	copyShort(line, to+2, text, key)
	to += 2 + key.Len()
	binary.LittleEndian.PutUint32(line[to:to+4], '"'|':'<<8|'"'<<16)
	to += 2
	switch {
	case node.Kind == phpvalue.Int:
		return appendInt(line[:to], node.Num)
	case node.Plain&phpvalue.PlainText != 0 && isShort(text, node.Text):
		copyShort(line, to+1, text, node.Text)
		to += 1 + node.Text.Len()
		line[to] = '"'
		return line[:to+1]
	}
	return n.value(line[:to], v, depth)
}

// isShort reports whether copyShort can copy what is at span of text.
func isShort(text []byte, span phpvalue.Span) bool {
	return span.Len() <= short && span.Offset()+short <= cap(text)
}

// copyShort copies what is at span of text to offset to of line.
func copyShort(line []byte, to int, text []byte, span phpvalue.Span) {
	at := span.Offset()
	store(line, to, load(text, at))
	store(line, to+size, load(text, at+size))
}

// longElement is element for what is not short, or has a key that needs an escape.
func (n *normalizer) longElement(dst []byte, v phpvalue.Value, depth int) []byte {
	if node := v.Node(); node.Plain&phpvalue.PlainKey != 0 && n.work > 0 {
		if key := phpvalue.Span(node.Key); n.hasRoom(dst, key.Len()+len(`""`)) {
			n.work--
			return n.value(append(appendPlain(dst, v.Tree().Text, key), ':'), v, depth)
		}
	}
	start := len(dst)
	if n.step(dst) {
		if dst = n.key(dst, v); n.hasRoom(dst, 0) {
			return n.value(append(dst, ':'), v, depth)
		}
	}
	n.full = true
	return n.notice(dst[:start], false)
}
