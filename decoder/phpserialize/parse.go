package phpserialize

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"

	"envelog/internal/quantity"
	"envelog/phpvalue"
)

// Parser reads values into trees. It keeps its working memory from one value to the next and is not safe for
// concurrent use.
type Parser struct {
	limits Limits
	src    []byte
	nodes  []phpvalue.Node
	room   int // how many nodes there may be before more memory is needed, or a limit is reached
	tree   *phpvalue.Tree
	open   []container // what is not closed yet, outermost first
	slots  slotMap
	mode   mode
	err    error
	head   head      // of slashed values
	keys   keyMemory // of slashed values

	latestClass []byte // the name of a class that was read last: most are the same ones again and again

	// What names the next value.
	keyKind phpvalue.KeyKind
	key     uint64
	plain   phpvalue.Plain // what is known of its key
}

// mode says what the parser reads.
type mode uint8

const (
	wholeValue   mode = iota // a value as serialize() wrote it
	payloadValue             // the payload of a C: object; errors are of no interest
	slashedValue             // a value in the string of a JSON text, see ParseSlashed; errors are of no interest
)

// container is an array or object whose elements are being read.
type container struct {
	node uint32 // its index
	left uint32 // elements that are still to come
}

// NewParser returns a parser with the given limits, or an error that names those out of range.
func NewParser(l Limits) (*Parser, error) {
	l, err := l.Complete()
	if err != nil {
		return nil, fmt.Errorf("configure parser: %w", err)
	}
	p := &Parser{limits: l}
	p.keys.init()
	return p, nil
}

// Parse reads t.Text, which must be exactly one serialized value, and fills t.Nodes. The values are views into t.Text;
// after it the parser may add decoded S: strings. Errors are *[Error]; t is then of no use.
func (p *Parser) Parse(t *phpvalue.Tree) error {
	p.start(t, wholeValue)
	next := p.read(0)
	if next >= 0 && next < len(p.src) {
		p.keyKind, p.plain = phpvalue.NoKey, 0
		next = p.failWith(next, ErrCorrupt, "%s behind the value", quantity.Count(len(p.src)-next, "byte", "bytes"))
	}
	p.finish()
	if next < 0 {
		return p.err
	}
	return nil
}

func (p *Parser) start(t *phpvalue.Tree, m mode) {
	p.src, p.nodes, p.tree, p.mode, p.err = t.Text, t.Nodes[:0], t, m, nil
	p.room = min(cap(p.nodes), p.limits.MaxElements)
	p.open = p.open[:0]
	p.slots.reset()
	p.keyKind, p.key, p.plain = phpvalue.NoKey, 0, 0
}

func (p *Parser) finish() {
	p.tree.Nodes = p.nodes
	p.src, p.nodes, p.tree = nil, nil, nil
}

// read reads the whole value from offset at, or the rest of it when containers are open.
func (p *Parser) read(at int) (next int) {
	if len(p.src) > p.limits.MaxBytes {
		return p.failWith(at, ErrLimit, "%d bytes, of at most %d", len(p.src), p.limits.MaxBytes)
	}
	for {
		if at = p.value(at); at < 0 {
			return at
		}
		if at = p.close(at); at < 0 || len(p.open) == 0 {
			return at
		}
		if at = p.nextKey(at); at < 0 {
			return at
		}
	}
}

// value reads one value up to where its elements begin.
func (p *Parser) value(at int) (next int) {
	if len(p.nodes) >= p.limits.MaxElements {
		return p.failWith(at, ErrLimit, "more than %d values", p.limits.MaxElements)
	}
	if len(p.src)-at < 2 {
		return p.fail(len(p.src), "value")
	}
	kind := p.src[at]
	if kind == 'N' {
		return p.null(at + 1)
	}
	if p.src[at+1] != ':' {
		return p.fail(at, "value")
	}
	switch kind {
	case 's':
		return p.text(at + 2)
	case 'i':
		return p.int(at + 2)
	case 'a':
		return p.array(at + 2)
	case 'O':
		return p.object(at + 2)
	case 'b':
		return p.bool(at + 2)
	case 'd':
		return p.float(at + 2)
	case 'E':
		return p.enum(at + 2)
	case 'r', 'R':
		return p.backReference(at+2, kind)
	case 'C':
		return p.custom(at + 2)
	case 'S':
		return p.escapedText(at + 2)
	}
	return p.fail(at, "value")
}

// add appends a node without elements, named by the key that was read before it.
func (p *Parser) add(kind phpvalue.Kind, text phpvalue.Span, num int64) {
	if len(p.nodes) == cap(p.nodes) {
		p.nodes = slices.Grow(p.nodes, 1)
		p.room = min(cap(p.nodes), p.limits.MaxElements)
	}
	p.put(kind, text, num)
}

// put is add where there is room. It sets field by field: a literal would be made elsewhere and copied in wider pieces than
// it was written in, which the processor has to wait for.
func (p *Parser) put(kind phpvalue.Kind, text phpvalue.Span, num int64) {
	at := len(p.nodes)
	p.nodes = p.nodes[:at+1]
	n := &p.nodes[at]
	n.Kind, n.KeyKind, n.List, n.Plain = kind, p.keyKind, false, p.plain
	n.End = uint32(at + 1)
	n.Key, n.Text, n.Num = p.key, text, num
}

func (p *Parser) null(at int) (next int) {
	if next = consumeByte(p.src, at, ';'); next < 0 {
		return p.fail(^next, "null")
	}
	p.add(phpvalue.Null, 0, 0)
	return next
}

func (p *Parser) bool(at int) (next int) {
	if at == len(p.src) || p.src[at] != '0' && p.src[at] != '1' {
		return p.fail(at, "bool")
	}
	if next = consumeByte(p.src, at+1, ';'); next < 0 {
		return p.fail(^next, "bool")
	}
	p.add(phpvalue.Bool, 0, int64(p.src[at]-'0'))
	return next
}

func (p *Parser) int(at int) (next int) {
	n, next := consumeInt(p.src, at)
	if next < 0 {
		return p.fail(^next, "int")
	}
	p.add(phpvalue.Int, 0, n)
	return next
}

func (p *Parser) float(at int) (next int) {
	f, next := consumeFloat(p.src, at)
	if next < 0 {
		return p.fail(^next, "float")
	}
	p.add(phpvalue.Float, phpvalue.NewSpan(at, next-1-at), int64(math.Float64bits(f)))
	return next
}

func (p *Parser) text(at int) (next int) {
	span, plain, next := p.quoted(at, ';', "string")
	if next < 0 {
		return next
	}
	p.plain |= plain
	p.add(phpvalue.String, span, 0)
	return next
}

// quoted reads `<len>:"<bytes>"` and the byte stop after it, and reports what is known of the text.
func (p *Parser) quoted(at int, stop byte, what string) (span phpvalue.Span, plain phpvalue.Plain, next int) {
	if p.mode == slashedValue {
		return p.quotedSlashed(at, stop)
	}
	start, n, next := consumeQuoted(p.src, at)
	if next >= 0 {
		next = consumeByte(p.src, next, stop)
	}
	switch {
	case next >= 0:
		return phpvalue.NewSpan(start, n), 0, next
	case n > len(p.src)-start:
		return 0, 0, p.failShort(start, n)
	}
	return 0, 0, p.fail(^next, what)
}

// bytes returns what is at span.
func (p *Parser) bytes(span phpvalue.Span) []byte {
	return p.tree.Text[span.Offset():][:span.Len()]
}

func (p *Parser) escapedText(at int) (next int) {
	span, next := p.unescape(at)
	if next < 0 {
		return next
	}
	if next = consumeByte(p.src, next, ';'); next < 0 {
		return p.fail(^next, "string")
	}
	p.add(phpvalue.String, span, 0)
	return next
}

// unescape reads `<len>:"<bytes, \xx>"` and adds the decoded bytes to the tree's text.
func (p *Parser) unescape(at int) (span phpvalue.Span, next int) {
	if p.mode == slashedValue {
		return 0, -1
	}
	n, at := consumeLength(p.src, at, ':')
	if at < 0 {
		return 0, p.fail(^at, "string")
	}
	if at = consumeByte(p.src, at, '"'); at < 0 {
		return 0, p.fail(^at, "string")
	}
	if len(p.src)-at < n {
		return 0, p.failShort(at, n)
	}
	start := len(p.tree.Text)
	for range n {
		c, after := consumeEscaped(p.src, at)
		if after < 0 {
			return 0, p.fail(^after, "string")
		}
		p.tree.Text = append(p.tree.Text, c)
		at = after
	}
	if at = consumeByte(p.src, at, '"'); at < 0 {
		return 0, p.fail(^at, "string")
	}
	return phpvalue.NewSpan(start, n), at
}

func (p *Parser) enum(at int) (next int) {
	span, _, next := p.quoted(at, ';', "enum")
	if next < 0 {
		return next
	}
	if !isEnumName(p.bytes(span)) {
		return p.fail(span.Offset(), "enum")
	}
	p.add(phpvalue.Enum, span, 0)
	return next
}

func (p *Parser) array(at int) (next int) {
	n, next := consumeLength(p.src, at, ':')
	if next >= 0 {
		next = consumeByte(p.src, next, '{')
	}
	if next < 0 {
		return p.fail(^next, "array")
	}
	return p.begin(next, phpvalue.Array, 0, n)
}

func (p *Parser) object(at int) (next int) {
	class, next := p.className(at)
	if next < 0 {
		return next
	}
	n, next := consumeLength(p.src, next, ':')
	if next >= 0 {
		next = consumeByte(p.src, next, '{')
	}
	if next < 0 {
		return p.fail(^next, "object")
	}
	return p.begin(next, phpvalue.Object, class, n)
}

// className reads `<len>:"<class>":`.
func (p *Parser) className(at int) (class phpvalue.Span, next int) {
	class, _, next = p.quoted(at, ':', "class name")
	if next < 0 {
		return class, next
	}
	if name := p.bytes(class); len(name) == 0 || !bytes.Equal(name, p.latestClass) {
		if !isClassName(name) {
			return 0, p.fail(class.Offset(), "class name")
		}
		p.latestClass = append(p.latestClass[:0], name...)
	}
	return class, next
}

// begin opens an array or object of n elements, the first of which begins at offset at.
func (p *Parser) begin(at int, kind phpvalue.Kind, class phpvalue.Span, n int) (next int) {
	const shortest = len("i:0;N;")
	if left := len(p.src) - at; n > left/shortest {
		return p.failWith(at, io.ErrUnexpectedEOF, "%s declared, %s left", quantity.Count(n, "element", "elements"), quantity.Count(left, "byte", "bytes"))
	}
	if n > p.limits.MaxElements {
		return p.failWith(at, ErrLimit, "%s declared, of at most %d", quantity.Count(n, "element", "elements"), p.limits.MaxElements)
	}
	if len(p.open) == p.limits.MaxDepth {
		return p.failWith(at, ErrLimit, "more than %d levels deep", p.limits.MaxDepth)
	}
	index := len(p.nodes)
	p.add(kind, class, int64(n))
	p.nodes[index].List = kind == phpvalue.Array
	p.open = append(p.open, container{node: uint32(index), left: uint32(n)})
	return at
}

// close closes the containers whose last element has been read.
func (p *Parser) close(at int) (next int) {
	for i := len(p.open) - 1; i >= 0 && p.open[i].left == 0; i-- {
		if at >= len(p.src) || p.src[at] != '}' {
			p.keyKind, p.plain = phpvalue.NoKey, 0
			return p.fail(at, "end of elements")
		}
		at++
		p.nodes[p.open[i].node].End = uint32(len(p.nodes))
		p.open = p.open[:i]
	}
	return at
}

// nextKey reads the key of the next element of the innermost container.
func (p *Parser) nextKey(at int) (next int) {
	p.keyKind, p.plain = phpvalue.NoKey, 0
	top := &p.open[len(p.open)-1]
	top.left--
	if len(p.src)-at < 2 {
		return p.fail(len(p.src), "key")
	}
	if p.src[at+1] != ':' {
		return p.fail(at, "key")
	}
	switch p.src[at] {
	case 's':
		return p.textKey(at + 2)
	case 'i':
		return p.intKey(at + 2)
	case 'S':
		return p.escapedKey(at + 2)
	}
	return p.fail(at, "key")
}

func (p *Parser) textKey(at int) (next int) {
	span, plain, next := p.quoted(at, ';', "key")
	if next < 0 {
		return next
	}
	if p.setTextKey(span); p.keyKind == phpvalue.TextKey && plain&phpvalue.PlainText != 0 {
		p.plain = phpvalue.PlainKey
	}
	return next
}

func (p *Parser) escapedKey(at int) (next int) {
	span, next := p.unescape(at)
	if next < 0 {
		return next
	}
	if next = consumeByte(p.src, next, ';'); next < 0 {
		return p.fail(^next, "key")
	}
	p.setTextKey(span)
	return next
}

func (p *Parser) intKey(at int) (next int) {
	n, next := consumeInt(p.src, at)
	if next < 0 {
		return p.fail(^next, "key")
	}
	p.setIntKey(n)
	return next
}

// setTextKey makes the text at span the key of the next value; in an array a decimal number becomes an int key.
func (p *Parser) setTextKey(span phpvalue.Span) {
	parent := &p.nodes[p.open[len(p.open)-1].node]
	if parent.Kind == phpvalue.Array {
		if n, ok := CanonicalInt(p.bytes(span)); ok {
			p.setIntKey(n)
			return
		}
	}
	parent.List = false
	p.keyKind, p.key = phpvalue.TextKey, uint64(span)
}

func (p *Parser) setIntKey(n int64) {
	top := p.open[len(p.open)-1]
	if parent := &p.nodes[top.node]; n != parent.Num-int64(top.left)-1 {
		parent.List = false
	}
	p.keyKind, p.key = phpvalue.IntKey, uint64(n)
}

// backReference reads `<slot>;` of r: and R:.
func (p *Parser) backReference(at int, kind byte) (next int) {
	slot, next := consumeLength(p.src, at, ';')
	if next < 0 {
		return p.fail(^next, "back reference")
	}
	index := len(p.nodes)
	if slot == 0 || slot >= int(p.slots.slotOf(index)) {
		return p.failWith(at, ErrCorrupt, "back reference to slot %d, which is not before it", slot)
	}
	target, inside := p.slots.find(uint32(slot))
	if inside == 0 && isBackReference(p.nodes[target].Kind) {
		n := &p.nodes[target]
		target, inside = uint32(n.Num), uint32(n.Text.Len())
	}
	if kind == 'R' {
		p.add(phpvalue.Reference, phpvalue.NewSpan(0, int(inside)), int64(target))
		p.slots.skip(index)
		return next
	}
	if inside == 0 && !isObject(p.nodes[target].Kind) {
		return p.failWith(at, ErrCorrupt, "back reference to slot %d, which is not an object", slot)
	}
	p.add(phpvalue.SameObject, phpvalue.NewSpan(0, int(inside)), int64(target))
	return next
}

func isBackReference(k phpvalue.Kind) bool {
	return k == phpvalue.SameObject || k == phpvalue.Reference
}

func isObject(k phpvalue.Kind) bool {
	return k == phpvalue.Object || k == phpvalue.Enum || k == phpvalue.Custom
}

// custom reads `<len>:"<class>":<len>:{<bytes>}`.
func (p *Parser) custom(at int) (next int) {
	if p.mode == slashedValue {
		return -1
	}
	class, at := p.className(at)
	if at < 0 {
		return at
	}
	n, next := consumeLength(p.src, at, ':')
	if next >= 0 {
		next = consumeByte(p.src, next, '{')
	}
	if next < 0 {
		return p.fail(^next, "object")
	}
	if len(p.src)-next < n {
		return p.failShort(next, n)
	}
	text := phpvalue.NewSpan(next, n)
	if next = consumeByte(p.src, next+n, '}'); next < 0 {
		return p.fail(^next, "object")
	}
	p.addCustom(class, text)
	return next
}

func (p *Parser) addCustom(class, text phpvalue.Span) {
	index := len(p.nodes)
	p.add(phpvalue.Custom, class, int64(p.slots.slotOf(index)))
	p.nodes[index].End++
	p.keyKind, p.plain = phpvalue.NoKey, 0
	hidden := 0
	if p.mode == wholeValue {
		hidden = countSlots(p.bytes(text), p.slots.slotOf(index+1), p.limits)
	}
	p.add(phpvalue.String, text, int64(hidden))
	p.slots.hide(index+1, hidden)
}

// fail notes that what, which was expected at offset at, is not there.
func (p *Parser) fail(at int, what string) int {
	if at >= len(p.src) {
		return p.failWith(len(p.src), io.ErrUnexpectedEOF, "%s", what)
	}
	return p.failWith(at, ErrCorrupt, "%s", what)
}

func (p *Parser) failShort(at, n int) int {
	return p.failWith(at, io.ErrUnexpectedEOF, "%s declared, %d left", quantity.Count(n, "byte", "bytes"), len(p.src)-at)
}

// failWith notes an error of class and its place: the path goes down to the value that was being read.
func (p *Parser) failWith(at int, class error, format string, args ...any) int {
	if p.mode != wholeValue {
		return -1
	}
	path := make([]uint32, 0, len(p.open)+1)
	for _, c := range p.open {
		path = append(path, c.node)
	}
	if p.keyKind != phpvalue.NoKey {
		path = append(path, uint32(len(p.nodes)))
		p.add(phpvalue.Null, 0, 0)
	}
	p.tree.Nodes = p.nodes
	p.err = &Error{Offset: at, Path: Path(p.tree, path), Err: fmt.Errorf(format+": %w", append(args, class)...)}
	return -1
}
