package phpserialize

import (
	"bytes"
	"fmt"
	"strconv"

	"envelog/phpvalue"
)

// Encoder writes trees as serialize() would. It keeps its working memory from one tree to the next and is not safe for
// concurrent use. The zero Encoder is ready for use.
type Encoder struct {
	tree  *phpvalue.Tree
	slots []uint32 // of each node that has been written; for a payload, that of its C: object
	open  []uint32 // nodes whose closing brace is not written yet
	slot  uint32   // of the latest value
}

// Append appends the serialized form of t to dst. Back references are numbered again, by the order of the nodes. Its
// error is [ErrReference] when one cannot be written, which never happens to a tree as it was parsed.
func (e *Encoder) Append(dst []byte, t *phpvalue.Tree) ([]byte, error) {
	e.tree, e.slots, e.open, e.slot = t, e.slots[:0], e.open[:0], 0
	for index := 0; index < len(t.Nodes); {
		dst = e.appendKey(dst, t.At(index))
		var err error
		if dst, err = e.appendValue(dst, t.At(index)); err != nil {
			return dst, fmt.Errorf("encode value %d of %d: %w", index, len(t.Nodes), err)
		}
		index = len(e.slots)
		dst = e.appendEnds(dst, uint32(index))
	}
	return dst, nil
}

func (e *Encoder) appendKey(dst []byte, v phpvalue.Value) []byte {
	switch v.KeyKind() {
	case phpvalue.IntKey:
		return appendInt(dst, 'i', v.IntKey(), ';')
	case phpvalue.TextKey:
		return append(appendQuoted(append(dst, "s:"...), v.TextKey()), ';')
	}
	return dst
}

// appendEnds closes the containers that end before the node at index.
func (e *Encoder) appendEnds(dst []byte, index uint32) []byte {
	for i := len(e.open) - 1; i >= 0 && e.tree.Nodes[e.open[i]].End <= index; i-- {
		dst = append(dst, '}')
		e.open = e.open[:i]
	}
	return dst
}

// appendValue appends one value, up to where its elements begin, and notes its slot.
func (e *Encoder) appendValue(dst []byte, v phpvalue.Value) ([]byte, error) {
	kind := v.Kind()
	if kind == phpvalue.Reference {
		e.slots = append(e.slots, e.slot)
		return e.appendBackReference(dst, 'R', v)
	}
	e.slot++
	e.slots = append(e.slots, e.slot)
	switch kind {
	case phpvalue.Null:
		return append(dst, "N;"...), nil
	case phpvalue.Bool, phpvalue.Int:
		return appendInt(dst, letter(kind), v.Int(), ';'), nil
	case phpvalue.Float:
		return e.appendFloat(dst, v), nil
	case phpvalue.String, phpvalue.Enum:
		return append(appendQuoted(append(dst, letter(kind), ':'), v.Text()), ';'), nil
	case phpvalue.Array, phpvalue.Object:
		return e.appendContainer(dst, v), nil
	case phpvalue.SameObject:
		return e.appendBackReference(dst, 'r', v)
	case phpvalue.Custom:
		return e.appendCustom(dst, v)
	}
	return dst, fmt.Errorf("kind %d: %w", kind, ErrCorrupt)
}

// letter returns what stands before the colon of a value whose kind alone decides it.
func letter(k phpvalue.Kind) byte {
	switch k {
	case phpvalue.Bool:
		return 'b'
	case phpvalue.Int:
		return 'i'
	case phpvalue.Enum:
		return 'E'
	}
	return 's'
}

func (e *Encoder) appendFloat(dst []byte, v phpvalue.Value) []byte {
	dst = append(dst, "d:"...)
	if spelling := v.Text(); len(spelling) > 0 {
		return append(append(dst, spelling...), ';')
	}
	return append(AppendFloat(dst, v.Float()), ';')
}

func (e *Encoder) appendContainer(dst []byte, v phpvalue.Value) []byte {
	e.open = append(e.open, uint32(v.Index()))
	if v.Kind() == phpvalue.Array {
		dst = append(dst, 'a')
	} else {
		dst = appendQuoted(append(dst, "O:"...), v.Text())
	}
	dst = append(dst, ':')
	dst = strconv.AppendInt(dst, int64(v.Len()), 10)
	return append(dst, ":{"...)
}

func (e *Encoder) appendBackReference(dst []byte, letter byte, v phpvalue.Value) ([]byte, error) {
	target := int(v.Node().Num)
	if target >= v.Index() {
		return dst, fmt.Errorf("target %d: %w", target, ErrReference)
	}
	return appendInt(dst, letter, int64(e.slots[target])+int64(v.Node().Text.Len()), ';'), nil
}

func (e *Encoder) appendCustom(dst []byte, v phpvalue.Value) ([]byte, error) {
	child := e.tree.At(v.Index() + 1)
	payload := child.Text()
	if moved := v.Node().Num != int64(e.slot); moved && hasBackReference(payload) {
		return dst, fmt.Errorf("payload of %q: %w", v.Text(), ErrReference)
	}
	dst = appendQuoted(append(dst, "C:"...), v.Text())
	dst = append(dst, ':')
	dst = strconv.AppendInt(dst, int64(len(payload)), 10)
	dst = append(append(append(dst, ":{"...), payload...), '}')
	e.slots = append(e.slots, e.slot)
	e.slot += uint32(child.Node().Num)
	return dst, nil
}

// hasBackReference reports whether payload may hold an r: or R: that serialize() wrote.
func hasBackReference(payload []byte) bool {
	return bytes.Contains(payload, []byte("r:")) || bytes.Contains(payload, []byte("R:"))
}

func appendInt(dst []byte, letter byte, n int64, stop byte) []byte {
	return append(strconv.AppendInt(append(dst, letter, ':'), n, 10), stop)
}

// appendQuoted appends `<len>:"<bytes>"`.
func appendQuoted(dst, b []byte) []byte {
	dst = strconv.AppendInt(dst, int64(len(b)), 10)
	dst = append(append(dst, `:"`...), b...)
	return append(dst, '"')
}
