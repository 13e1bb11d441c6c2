package phpserialize

import (
	"bytes"

	"envelog/phpvalue"
)

// countSlots returns how many slots the payload of a C: object takes, the first of which is slot first: those that
// serialize() gave out when the class called it to make its payload, and 0 when the payload is something else.
func countSlots(text []byte, first uint32, l Limits) int {
	for _, read := range [...]func(*Parser) int{(*Parser).onePayload, (*Parser).collectionPayload} {
		p := Parser{limits: l}
		p.start(&phpvalue.Tree{Text: text}, payloadValue)
		p.slots.bends = []bend{{slot: 1, opaque: true}, {slot: first}}
		if read(&p) == len(text) {
			return int(p.slots.slotOf(len(p.nodes)) - first)
		}
	}
	return 0
}

// onePayload reads a payload that is one value, as a class writes it that returns serialize($data).
func (p *Parser) onePayload() (next int) { return p.read(0) }

// collectionPayload reads the payload of one of PHP's own collections, which were C: objects before PHP 7.4, and of what
// is derived from them (php-src PHP-7.3 ext/spl, their methods serialize()): values with marks between them.
//
//	x:i:<flags>;<array or object>;m:<properties>      ArrayObject, ArrayIterator
//	x:i:<count>;<object>,<data>;...m:<properties>     SplObjectStorage; up to 5.2 without data
//	i:<flags>;:<value>:<value>...                     SplDoublyLinkedList, SplQueue, SplStack
func (p *Parser) collectionPayload() (next int) {
	next = len("x:")
	switch {
	case bytes.HasPrefix(p.src, []byte("x:i:")):
	case bytes.HasPrefix(p.src, []byte("i:")):
		next = 0
	default:
		return -1
	}
	for next >= 0 && next < len(p.src) {
		p.keyKind = phpvalue.NoKey
		if next = p.read(next); next >= 0 {
			next += marks(p.src[next:])
		}
	}
	return next
}

// marks returns how many bytes of marks text begins with.
func marks(text []byte) int {
	n := 0
	for n < len(text) && (text[n] == ';' || text[n] == ',' || text[n] == ':') {
		n++
	}
	if bytes.HasPrefix(text[n:], []byte("m:")) {
		n += len("m:")
	}
	return n
}
