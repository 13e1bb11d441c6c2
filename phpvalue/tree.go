// Package phpvalue holds one PHP value, as unserialize() or json_decode() would give it, in a form that is
// cheap to rebuild for the next message.
//
// A [Value] is a cursor: [Value.Kind] says what it is, [Value.Element], [Value.Property] and [Value.Children] lead to the
// values in it, and [Value.Go] copies it into Go values.
//
// # Model
//
// A [Tree] is two slices: Text, the bytes that all strings are views into, and Nodes, one fixed-size [Node] for each
// value in the order in which the values start. A container is followed by its children; its End is the index after
// its last descendant, so that a subtree is skipped by one jump. The key of an array element or of a property stands in the
// node of the value that it names. There are no pointers: a tree that is reset and filled again allocates no memory.
//
// # Rules
//
//   - Array order is the order on the wire. Keys are int or text, as in PHP; property names keep PHP's mangling
//     ("\0*\0name", "\0Class\0name"), [SplitProperty] takes it apart.
//   - A back reference (r: and R: of PHP's serialize) is a node of its own kind that names its target's index.
//     [Value.Resolve] follows it. References can form loops: bound depth and work when walking a tree.
//   - A Value is valid until its Tree is reset.
package phpvalue

import (
	"bytes"
	"math"
)

// Kind says what a [Node] is.
type Kind uint8

// The kinds. Text, number and count of a node mean what stands beside its kind.
const (
	Invalid    Kind = iota // no value at all: the zero Value
	Null                   // N
	Bool                   // b: Num is 0 or 1
	Int                    // i: Num is the value
	Float                  // d: Num is math.Float64bits of the value; Text is its spelling on the wire
	String                 // s: and S: Text is the bytes
	Array                  // a: Num is the number of elements
	Object                 // O: Text is the class name, Num the number of properties
	Custom                 // C: Text is the class name, Num its slot; the one child is the opaque payload as a String, with Num slots in it
	Enum                   // E: Text is "Class:Case"
	SameObject             // r: Num is the index of the target, never a back reference; inside a payload, the length of Text counts slots in it
	Reference              // R: as SameObject
)

// KeyKind says what names a node inside its container.
type KeyKind uint8

// The kinds of keys.
const (
	NoKey   KeyKind = iota // the root
	IntKey                 // an int key
	TextKey                // a string key or a property name
)

// Node is one value of a Tree. Its fields are for packages that build trees (phpserialize, the JSON reader);
// everyone else reads through [Value].
type Node struct {
	Kind    Kind
	KeyKind KeyKind
	List    bool   // Array: the keys are 0, 1, 2, ... in this order, as in PHP's array_is_list()
	Plain   Plain  // what is known of Text and Key; no more than a hint for who prints them
	End     uint32 // index after the last descendant
	Key     uint64 // IntKey: the int64; TextKey: a span of Text
	Text    Span   // see Kind
	Num     int64  // see Kind
}

// Plain says what is known of the strings of a node to whoever prints them, as bits. It says nothing about strings whose
// bit is not set.
type Plain uint8

// What can be known.
const (
	// PlainText: Text of a String holds nothing but printable ASCII without quotes and backslashes, so that it stands in
	// JSON as it is.
	PlainText Plain = 1 << iota
	// PlainKey says the same of the key of a TextKey.
	PlainKey
	// CleanText: Text of a String holds nothing but printable ASCII, quotes and backslashes among it, and the visible
	// characters from U+00A0 to U+00FF.
	CleanText
	// BareKey: the key of a TextKey is plain, not empty, and holds neither blank nor "=".
	BareKey
)

// Span is a view into Tree.Text: the offset in the upper, the length in the lower 32 bits.
type Span uint64

// NewSpan returns the view of n bytes from offset.
func NewSpan(offset, n int) Span { return Span(uint64(uint32(offset))<<32 | uint64(uint32(n))) }

// Offset returns where the view starts.
func (s Span) Offset() int { return int(uint32(s >> 32)) }

// Len returns the number of bytes in view.
func (s Span) Len() int { return int(uint32(s)) }

// Tree is one PHP value with everything below it. The zero Tree is empty and ready for use.
type Tree struct {
	Text  []byte
	Nodes []Node
}

// Reset empties the tree and keeps its memory.
func (t *Tree) Reset() {
	t.Text = t.Text[:0]
	t.Nodes = t.Nodes[:0]
}

// Root returns the value that the tree holds, or the zero Value of an empty tree.
func (t *Tree) Root() Value {
	if len(t.Nodes) == 0 {
		return Value{}
	}
	return Value{tree: t}
}

// At returns the value at index, which must be below len(t.Nodes).
func (t *Tree) At(index int) Value { return Value{tree: t, index: uint32(index)} }

// AddText appends b to the tree's text and returns its span.
func (t *Tree) AddText(b []byte) Span {
	s := NewSpan(len(t.Text), len(b))
	t.Text = append(t.Text, b...)
	return s
}

func (t *Tree) view(s Span) []byte {
	o, n := s.Offset(), s.Len()
	return t.Text[o : o+n : o+n]
}

// Value is a cursor on one value of a Tree. The zero Value stands for "there is none": its Kind is Invalid and it has
// no children.
type Value struct {
	tree  *Tree
	index uint32
}

// Exists reports whether v stands for a value at all.
func (v Value) Exists() bool { return v.tree != nil }

// Tree returns the tree that v is part of, or nil.
func (v Value) Tree() *Tree { return v.tree }

// Index returns the position of v in Tree.Nodes.
func (v Value) Index() int { return int(v.index) }

// Node returns the node behind v; it must not be changed, and v must exist.
func (v Value) Node() *Node { return &v.tree.Nodes[v.index] }

// Kind returns the kind of v, Invalid if v does not exist.
func (v Value) Kind() Kind {
	if v.tree == nil {
		return Invalid
	}
	return v.Node().Kind
}

// Bool returns the value of a Bool.
func (v Value) Bool() bool { return v.Node().Num != 0 }

// Int returns the value of an Int.
func (v Value) Int() int64 { return v.Node().Num }

// Float returns the value of a Float.
func (v Value) Float() float64 { return math.Float64frombits(uint64(v.Node().Num)) }

// Text returns the bytes of a String, the wire spelling of a Float, the class name of an Object or Custom, or
// "Class:Case" of an Enum. The bytes are a view into the tree: PHP strings are bytes, not text.
func (v Value) Text() []byte { return v.tree.view(v.Node().Text) }

// HasPlainText reports whether v is a String of which it is known that it holds nothing but printable ASCII without quotes
// and backslashes.
func (v Value) HasPlainText() bool { return v.Node().Plain&PlainText != 0 }

// HasPlainKey tells the same of the key of v, when KeyKind is TextKey.
func (v Value) HasPlainKey() bool { return v.Node().Plain&PlainKey != 0 }

// HasCleanText reports whether v is a String of which it is known that nothing in it needs an escape in JSON but quotes and
// backslashes, see [CleanText].
func (v Value) HasCleanText() bool { return v.Node().Plain&CleanText != 0 }

// Enum returns class and case name of an Enum.
func (v Value) Enum() (class, name []byte) {
	class, name, _ = bytes.Cut(v.Text(), []byte{':'})
	return class, name
}

// Len returns the number of elements of an Array or of properties of an Object, otherwise 0.
func (v Value) Len() int {
	if k := v.Kind(); k != Array && k != Object {
		return 0
	}
	return int(v.Node().Num)
}

// IsList reports whether v is an Array whose keys are 0, 1, 2, ... in order; the empty array is one.
func (v Value) IsList() bool { return v.Kind() == Array && v.Node().List }

// KeyKind tells what names v in its container.
func (v Value) KeyKind() KeyKind { return v.Node().KeyKind }

// IntKey returns the key of v when KeyKind is IntKey.
func (v Value) IntKey() int64 { return int64(v.Node().Key) }

// TextKey returns the key or mangled property name of v when KeyKind is TextKey.
func (v Value) TextKey() []byte { return v.tree.view(Span(v.Node().Key)) }

// Resolve follows back references to the value meant. It returns v itself when v is none, and the zero Value when
// the references lead nowhere but to each other.
func (v Value) Resolve() Value {
	for range 8 {
		if k := v.Kind(); k != SameObject && k != Reference {
			return v
		}
		v.index = uint32(v.Node().Num)
	}
	return Value{}
}

// Children returns a cursor before the first child of v; it has none unless v is an Array, Object or Custom.
//
//	for it := v.Children(); it.Next(); {
//		use(it.Value())
//	}
func (v Value) Children() Children {
	if v.tree == nil {
		return Children{}
	}
	return Children{tree: v.tree, next: v.index + 1, end: v.Node().End}
}

// Children walks over the children of a Value in wire order.
type Children struct {
	tree      *Tree
	at        uint32
	next, end uint32
}

// Next moves to the next child and reports whether there was one.
func (c *Children) Next() bool {
	if c.next >= c.end {
		return false
	}
	c.at = c.next
	c.next = c.tree.Nodes[c.at].End
	return true
}

// Value returns the child under the cursor; its key stands in it.
func (c *Children) Value() Value { return Value{tree: c.tree, index: c.at} }

// Element returns the element of an Array, or the property of an Object with exactly this (mangled) name; the zero
// Value if there isn't one. The last one wins, as in PHP.
func (v Value) Element(key string) Value {
	var found Value
	for it := v.Children(); it.Next(); {
		if c := it.Value(); c.KeyKind() == TextKey && string(c.TextKey()) == key {
			found = c
		}
	}
	return found
}

// Property returns the property of an Object by its plain name, whatever its visibility and declaring class; the last
// one wins, which is the subclass's own when a private of the parent is shadowed.
func (v Value) Property(name string) Value {
	var found Value
	for it := v.Children(); it.Next(); {
		c := it.Value()
		if c.KeyKind() != TextKey {
			continue
		}
		if plain, _ := SplitProperty(c.TextKey()); string(plain) == name {
			found = c
		}
	}
	return found
}

// SplitProperty takes PHP's mangled property name apart: scope is empty for a public property, "*" for a protected
// one, and the declaring class for a private one. A name that is not mangled right is returned whole, as public.
func SplitProperty(mangled []byte) (name, scope []byte) {
	if len(mangled) == 0 || mangled[0] != 0 {
		return mangled, nil
	}
	end := bytes.IndexByte(mangled[1:], 0)
	if end <= 0 {
		return mangled, nil
	}
	return mangled[end+2:], mangled[1 : end+1]
}
