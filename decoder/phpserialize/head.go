package phpserialize

import (
	"bytes"

	"envelog/phpvalue"
)

// head is the front that slashed values have in common: one application's envelopes are the same, byte for byte, up to
// the first property of the message. When the next value begins with the same bytes, the parser goes on behind them.
type head struct {
	stored  []byte          // the front as it is stored
	text    []byte          // what its strings are views into
	nodes   []phpvalue.Node // its values
	open    []container     // the objects that are open at its end
	slots   []bend
	keyKind phpvalue.KeyKind // names the first value behind it
	key     uint64
	plain   phpvalue.Plain
	resumed bool // the latest value began with it
	misses  int  // values since the latest that did
}

// missesBeforeLearning is how many values in a row must begin differently before another head is learnt.
const missesBeforeLearning = 16

// resume puts the parser after the head, if src begins with it, and returns the number of bytes of src that are after
// it, and the offset in t.Text where the rest begins.
func (p *Parser) resume(t *phpvalue.Tree, src []byte) (skipped, at int) {
	h := &p.head
	h.resumed = len(h.stored) > 0 && bytes.HasPrefix(src, h.stored)
	if !h.resumed {
		t.Text = append(t.Text[:0], src...)
		p.start(t, slashedValue)
		return 0, 0
	}
	t.Text = append(t.Text[:0], h.text...)
	t.Text = append(t.Text, src[len(h.stored):]...)
	p.start(t, slashedValue)
	p.nodes = append(p.nodes, h.nodes...)
	p.open = append(p.open, h.open...)
	p.slots.bends = append(p.slots.bends[:0], h.slots...)
	p.keyKind, p.key, p.plain = h.keyKind, h.key, h.plain
	return len(h.stored), len(h.text)
}

// KeepHead tells the parser that src, which [Parser.ParseSlashed] has just read, has in common with most others what
// stands before the value of the node at index first. Everything that is open there must be an object.
func (p *Parser) KeepHead(src []byte, first int) {
	h := &p.head
	if h.resumed {
		h.misses = 0
		return
	}
	h.misses++
	if len(h.stored) == 0 || h.misses >= missesBeforeLearning {
		h.misses = 0
		p.learn(src, first)
	}
}

func (p *Parser) learn(src []byte, first int) {
	t := &phpvalue.Tree{Text: bytes.Clone(src)}
	p.start(t, slashedValue)
	end := p.readTo(0, first)
	p.finish()
	p.head = head{}
	if end < 0 || !onlyObjects(t, p.open) {
		return
	}
	h := head{stored: bytes.Clone(src[:end]), keyKind: p.keyKind, key: p.key, plain: p.plain}
	h.nodes = append(h.nodes, t.Nodes...)
	h.open = append(h.open, p.open...)
	h.slots = append(h.slots, p.slots.bends...)
	for i := range h.nodes {
		n := &h.nodes[i]
		n.Text = h.keep(t, n.Text)
		if n.KeyKind == phpvalue.TextKey {
			n.Key = uint64(h.keep(t, phpvalue.Span(n.Key)))
		}
	}
	if h.keyKind == phpvalue.TextKey {
		h.key = uint64(h.keep(t, phpvalue.Span(h.key)))
	}
	p.head = h
}

// readTo is read up to the value that becomes the node at index first.
func (p *Parser) readTo(at, first int) (next int) {
	for len(p.nodes) < first && at >= 0 {
		if at = p.value(at); at >= 0 {
			at = p.close(at)
		}
		if at < 0 || len(p.open) == 0 {
			return -1
		}
		at = p.nextKey(at)
	}
	return at
}

// onlyObjects reports whether no array is open: whether that is a list is known at its end only.
func onlyObjects(t *phpvalue.Tree, open []container) bool {
	for _, c := range open {
		if t.Nodes[c.node].Kind != phpvalue.Object {
			return false
		}
	}
	return len(open) > 0
}

// keep copies what is at span of t to the head's own text.
func (h *head) keep(t *phpvalue.Tree, span phpvalue.Span) phpvalue.Span {
	kept := phpvalue.NewSpan(len(h.text), span.Len())
	h.text = append(h.text, t.Text[span.Offset():][:span.Len()]...)
	return kept
}
