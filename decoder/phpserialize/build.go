package phpserialize

import (
	"fmt"
	"math"

	"envelog/phpvalue"
)

// Builder makes a tree out of new values and of parts of other trees, in the order of the wire:
//
//	b := NewBuilder(&tree)
//	b.OpenObject("App\\Pair")
//	b.Property("App\\Pair", "left")
//	b.Int(5)
//	b.Name("right")
//	b.Copy(value)
//	b.Close()
//	err := b.Finish()
//
// The first mistake is kept and returned by Finish; what is called after it does nothing.
type Builder struct {
	tree    *phpvalue.Tree
	open    []uint32
	keyKind phpvalue.KeyKind
	key     uint64
	copied  map[origin]uint32
	err     error
}

// origin is a node of another tree.
type origin struct {
	tree  *phpvalue.Tree
	index uint32
}

// NewBuilder returns a builder that fills t again.
func NewBuilder(t *phpvalue.Tree) *Builder {
	t.Reset()
	return &Builder{tree: t, copied: map[origin]uint32{}}
}

// Finish returns the first error: [ErrReference] for a value that could not be copied, or a container left open.
func (b *Builder) Finish() error {
	if b.err == nil && len(b.open) > 0 {
		b.err = fmt.Errorf("build value: %d containers are open", len(b.open))
	}
	return b.err
}

// Index gives the next value, an element of an array, an int key.
func (b *Builder) Index(key int64) { b.keyKind, b.key = phpvalue.IntKey, uint64(key) }

// Name gives the next value a string key of an array or the name of a public property.
func (b *Builder) Name(key string) {
	b.keyKind, b.key = phpvalue.TextKey, uint64(b.tree.AddText([]byte(key)))
}

// Property gives the next value the mangled name of a private property of class, or of a protected one when class is
// "*".
func (b *Builder) Property(class, name string) { b.Name("\x00" + class + "\x00" + name) }

// Null adds null.
func (b *Builder) Null() { b.add(phpvalue.Node{Kind: phpvalue.Null}) }

// Bool adds a bool.
func (b *Builder) Bool(v bool) {
	n := phpvalue.Node{Kind: phpvalue.Bool}
	if v {
		n.Num = 1
	}
	b.add(n)
}

// Int adds an int.
func (b *Builder) Int(v int64) { b.add(phpvalue.Node{Kind: phpvalue.Int, Num: v}) }

// Float adds a float.
func (b *Builder) Float(v float64) {
	spelling := AppendFloat(nil, v)
	b.add(phpvalue.Node{Kind: phpvalue.Float, Num: int64(math.Float64bits(v)), Text: b.tree.AddText(spelling)})
}

// String adds a string of any bytes.
func (b *Builder) String(v []byte) {
	b.add(phpvalue.Node{Kind: phpvalue.String, Text: b.tree.AddText(v)})
}

// OpenArray begins an array: elements follow, each after its key, and Close.
func (b *Builder) OpenArray() { b.begin(phpvalue.Node{Kind: phpvalue.Array, List: true}) }

// OpenObject begins an object: properties follow, each after its name, and Close.
func (b *Builder) OpenObject(class string) {
	b.begin(phpvalue.Node{Kind: phpvalue.Object, Text: b.tree.AddText([]byte(class))})
}

// OpenLike begins an array or object that stands for v, of the same class: back references to v go to it. What is in it
// is up to the caller.
func (b *Builder) OpenLike(v phpvalue.Value) {
	from := origin{v.Tree(), uint32(v.Index())}
	if _, copied := b.copied[from]; copied || v.Kind() != phpvalue.Array && v.Kind() != phpvalue.Object {
		b.fail(fmt.Errorf("build value: value %d is not an array or object that is new", v.Index()))
		return
	}
	b.copied[from] = uint32(len(b.tree.Nodes))
	n := phpvalue.Node{Kind: v.Kind(), List: v.Kind() == phpvalue.Array}
	n.Text = b.tree.AddText(v.Text())
	b.begin(n)
}

// Close ends the array or object that was opened last.
func (b *Builder) Close() {
	if len(b.open) == 0 {
		b.fail(fmt.Errorf("build value: nothing to close"))
		return
	}
	last := len(b.open) - 1
	b.tree.Nodes[b.open[last]].End = uint32(len(b.tree.Nodes))
	b.open = b.open[:last]
}

func (b *Builder) begin(n phpvalue.Node) {
	index := len(b.tree.Nodes)
	b.add(n)
	b.open = append(b.open, uint32(index))
}

// add appends n under the key that was given for it, and counts it in its container.
func (b *Builder) add(n phpvalue.Node) {
	if b.err != nil {
		return
	}
	if len(b.open) > 0 == (b.keyKind == phpvalue.NoKey) {
		b.fail(fmt.Errorf("build value: an element needs a key, and nothing else has one"))
		return
	}
	b.count()
	n.KeyKind, n.Key = b.keyKind, b.key
	n.End = uint32(len(b.tree.Nodes) + 1)
	b.tree.Nodes = append(b.tree.Nodes, n)
	b.keyKind, b.key = phpvalue.NoKey, 0
}

func (b *Builder) count() {
	if len(b.open) == 0 {
		return
	}
	parent := &b.tree.Nodes[b.open[len(b.open)-1]]
	if b.keyKind != phpvalue.IntKey || int64(b.key) != parent.Num {
		parent.List = false
	}
	parent.Num++
}

func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// CopyKey gives the next value the key of v.
func (b *Builder) CopyKey(v phpvalue.Value) {
	b.keyKind = v.KeyKind()
	switch b.keyKind {
	case phpvalue.IntKey:
		b.key = uint64(v.IntKey())
	case phpvalue.TextKey:
		b.key = uint64(b.tree.AddText(v.TextKey()))
	}
}

// Copy adds v with everything below it; its key is not copied. Back references go on meaning the same value, as far as
// that is copied too, before or after. When the first use of a shared value is left behind, its next use takes its
// place.
func (b *Builder) Copy(v phpvalue.Value) {
	if b.err != nil {
		return
	}
	from := origin{v.Tree(), uint32(v.Index())}
	if to, ok := b.copied[from]; ok {
		b.reference(v, to)
		return
	}
	if isBackReference(v.Kind()) {
		b.copyBackReference(v)
		return
	}
	if v.Kind() == phpvalue.Array || v.Kind() == phpvalue.Object {
		b.OpenLike(v)
		b.copyElements(v)
		b.Close()
		return
	}
	n := *v.Node()
	n.Text = b.tree.AddText(v.Text())
	b.copied[from] = uint32(len(b.tree.Nodes))
	b.add(n)
	if n.Kind == phpvalue.Custom {
		b.copyPayload(v)
	}
}

func (b *Builder) copyElements(v phpvalue.Value) {
	for it := v.Children(); it.Next(); {
		b.CopyKey(it.Value())
		b.Copy(it.Value())
	}
}

func (b *Builder) copyPayload(v phpvalue.Value) {
	if b.err != nil {
		return
	}
	payload := v.Tree().At(v.Index() + 1)
	n := *payload.Node()
	n.Text = b.tree.AddText(payload.Text())
	index := uint32(len(b.tree.Nodes))
	n.End = index + 1
	b.copied[origin{v.Tree(), uint32(payload.Index())}] = index
	b.tree.Nodes = append(b.tree.Nodes, n)
	b.tree.Nodes[index-1].End = index + 1
}

// reference adds a back reference to the node at index to, a copy of v.
func (b *Builder) reference(v phpvalue.Value, to uint32) {
	kind := phpvalue.Reference
	if isObject(v.Kind()) {
		kind = phpvalue.SameObject
	}
	b.add(phpvalue.Node{Kind: kind, Num: int64(to)})
}

func (b *Builder) copyBackReference(v phpvalue.Value) {
	target := v.Tree().At(int(v.Node().Num))
	to, ok := b.copied[origin{v.Tree(), uint32(target.Index())}]
	inside := v.Node().Text
	switch {
	case ok:
		b.add(phpvalue.Node{Kind: v.Kind(), Num: int64(to), Text: inside})
	case inside.Len() > 0:
		b.fail(fmt.Errorf("copy value %d: %w", v.Index(), ErrReference))
	default:
		b.Copy(target)
	}
}
