package jsonvalue

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"

	"envelog/decoder/jsonstring"
	"envelog/decoder/phpserialize"
	"envelog/internal/quantity"
	"envelog/phpvalue"
)

// maxDepth is the number of arrays in each other that json_decode() reads with its default depth of 512, which counts
// the value in the innermost one too.
const maxDepth = 511

// Parser reads JSON texts into trees. It keeps its working memory from one text to the next and is not safe for
// concurrent use.
type Parser struct {
	limits phpserialize.Limits
	src    []byte
	tree   *phpvalue.Tree
	open   []uint32 // arrays whose end is not read yet, outermost first
	isMap  []bool   // for each of them, whether it is a JSON object
	err    error

	// What names the next value.
	keyKind phpvalue.KeyKind
	key     uint64
}

// NewParser returns a parser with the given limits, or an error that names those out of range.
func NewParser(l phpserialize.Limits) (*Parser, error) {
	l, err := l.Complete()
	if err != nil {
		return nil, fmt.Errorf("configure JSON parser: %w", err)
	}
	l.MaxDepth = min(l.MaxDepth, maxDepth)
	return &Parser{limits: l}, nil
}

// Parse reads t.Text, which must be exactly one JSON value with white space around it, and fills t.Nodes. Strings are
// views into t.Text, after which the parser adds decoded ones. Errors are *[phpserialize.Error]; t is then of no use.
func (p *Parser) Parse(t *phpvalue.Tree) error {
	t.Nodes = t.Nodes[:0]
	p.src, p.tree, p.err = t.Text, t, nil
	p.open, p.isMap = p.open[:0], p.isMap[:0]
	p.keyKind, p.key = phpvalue.NoKey, 0
	next := p.read()
	p.src, p.tree = nil, nil
	if next < 0 {
		return p.err
	}
	return nil
}

func (p *Parser) read() (next int) {
	if len(p.src) > p.limits.MaxBytes {
		return p.failWith(0, phpserialize.ErrLimit, "%d bytes, of at most %d", len(p.src), p.limits.MaxBytes)
	}
	at := 0
	for {
		if at = p.value(skipSpace(p.src, at)); at < 0 {
			return at
		}
		if at = p.close(skipSpace(p.src, at)); at < 0 {
			return at
		}
		if len(p.open) == 0 {
			break
		}
		if at = p.element(at); at < 0 {
			return at
		}
	}
	p.keyKind = phpvalue.NoKey
	if at < len(p.src) {
		return p.failWith(at, phpserialize.ErrCorrupt, "%s behind the value", quantity.Count(len(p.src)-at, "byte", "bytes"))
	}
	return at
}

// value reads the beginnings of containers, and behind them the first value that has no elements.
func (p *Parser) value(at int) (next int) {
	for at < len(p.src) && (p.src[at] == '{' || p.src[at] == '[') {
		depth := len(p.open)
		if at = p.begin(at); at < 0 || len(p.open) == depth {
			return at
		}
		at = skipSpace(p.src, at)
	}
	return p.scalar(at)
}

func (p *Parser) scalar(at int) (next int) {
	if at == len(p.src) {
		return p.fail(at, "value")
	}
	if len(p.tree.Nodes) >= p.limits.MaxElements {
		return p.failWith(at, phpserialize.ErrLimit, "more than %d values", p.limits.MaxElements)
	}
	switch c := p.src[at]; {
	case c == '"':
		return p.text(at + 1)
	case c == '-' || c-'0' <= 9:
		return p.number(at)
	case c == 't':
		return p.literal(at, "true", phpvalue.Bool, 1)
	case c == 'f':
		return p.literal(at, "false", phpvalue.Bool, 0)
	case c == 'n':
		return p.literal(at, "null", phpvalue.Null, 0)
	}
	return p.fail(at, "value")
}

// add appends a node without elements, named by the key that was read before it, and counts it in its container.
func (p *Parser) add(kind phpvalue.Kind, text phpvalue.Span, num int64) {
	p.tree.Nodes = append(p.tree.Nodes, phpvalue.Node{
		Kind: kind, KeyKind: p.keyKind, Key: p.key,
		End: uint32(len(p.tree.Nodes) + 1), Text: text, Num: num,
	})
}

func (p *Parser) literal(at int, spelling string, kind phpvalue.Kind, num int64) (next int) {
	if !bytes.HasPrefix(p.src[at:], []byte(spelling)) {
		return p.fail(p.mismatch(at, spelling), spelling)
	}
	p.add(kind, 0, num)
	return at + len(spelling)
}

// mismatch returns the offset of the first byte that is not as in spelling, or len(p.src).
func (p *Parser) mismatch(at int, spelling string) int {
	for i := range len(spelling) {
		if at == len(p.src) || p.src[at] != spelling[i] {
			break
		}
		at++
	}
	return at
}

func (p *Parser) number(at int) (next int) {
	isInt, next := consumeNumber(p.src, at)
	if next < 0 {
		return p.fail(^next, "number")
	}
	spelling := p.src[at:next]
	if isInt {
		if n, ok := phpserialize.ParseInt(spelling); ok {
			p.add(phpvalue.Int, 0, n)
			return next
		}
	}
	f, _ := phpserialize.ParseFloat(spelling)
	start := len(p.tree.Text)
	p.tree.Text = phpserialize.AppendFloat(p.tree.Text, f)
	p.add(phpvalue.Float, phpvalue.NewSpan(start, len(p.tree.Text)-start), int64(math.Float64bits(f)))
	return next
}

func (p *Parser) text(at int) (next int) {
	span, next := p.string(at)
	if next < 0 {
		return p.fail(^next, "string")
	}
	p.add(phpvalue.String, span, 0)
	return next
}

// string reads the string whose opening quote stands before offset at: as a view if there is nothing to decode.
func (p *Parser) string(at int) (phpvalue.Span, int) {
	end := jsonstring.IndexSpecial(p.src, at)
	if end < len(p.src) && p.src[end] == '"' {
		return phpvalue.NewSpan(at, end-at), end + 1
	}
	start := len(p.tree.Text)
	var next int
	p.tree.Text, next = jsonstring.Append(p.tree.Text, p.src, at)
	return phpvalue.NewSpan(start, len(p.tree.Text)-start), next
}

// begin opens the array or object at offset at and reads the key of its first element, or the end when there isn't one.
func (p *Parser) begin(at int) (next int) {
	if len(p.tree.Nodes) >= p.limits.MaxElements {
		return p.failWith(at, phpserialize.ErrLimit, "more than %d values", p.limits.MaxElements)
	}
	if len(p.open) == p.limits.MaxDepth {
		return p.failWith(at, phpserialize.ErrLimit, "more than %d levels deep", p.limits.MaxDepth)
	}
	index := len(p.tree.Nodes)
	p.add(phpvalue.Array, 0, 0)
	p.tree.Nodes[index].List = true
	p.open = append(p.open, uint32(index))
	p.isMap = append(p.isMap, p.src[at] == '{')
	next = skipSpace(p.src, at+1)
	if next < len(p.src) && p.src[next] == p.src[at]+2 { // "{" and "}", "[" and "]" are two apart
		p.end()
		return next + 1
	}
	return p.nextKey(next)
}

// close reads the ends of containers.
func (p *Parser) close(at int) (next int) {
	for len(p.open) > 0 && at < len(p.src) && p.src[at] == p.closer() {
		p.end()
		at = skipSpace(p.src, at+1)
	}
	return at
}

func (p *Parser) closer() byte {
	if p.isMap[len(p.isMap)-1] {
		return '}'
	}
	return ']'
}

func (p *Parser) end() {
	last := len(p.open) - 1
	p.tree.Nodes[p.open[last]].End = uint32(len(p.tree.Nodes))
	p.open, p.isMap = p.open[:last], p.isMap[:last]
}

// element reads the comma before the next element of the innermost container, and its key.
func (p *Parser) element(at int) (next int) {
	if at == len(p.src) || p.src[at] != ',' {
		p.keyKind = phpvalue.NoKey
		return p.fail(at, "comma or end")
	}
	return p.nextKey(skipSpace(p.src, at+1))
}

// nextKey reads the key of the next element, if it is written, and counts the element.
func (p *Parser) nextKey(at int) (next int) {
	p.keyKind = phpvalue.NoKey
	parent := &p.tree.Nodes[p.open[len(p.open)-1]]
	if !p.isMap[len(p.isMap)-1] {
		p.keyKind, p.key = phpvalue.IntKey, uint64(parent.Num)
		parent.Num++
		return at
	}
	if at == len(p.src) || p.src[at] != '"' {
		return p.fail(at, "key")
	}
	span, next := p.string(at + 1)
	if next < 0 {
		return p.fail(^next, "key")
	}
	next = skipSpace(p.src, next)
	if next == len(p.src) || p.src[next] != ':' {
		return p.fail(next, "colon")
	}
	p.setKey(span, parent)
	parent.Num++
	return next + 1
}

// setKey makes the text at span the key of the next value; a decimal number becomes an int key.
func (p *Parser) setKey(span phpvalue.Span, parent *phpvalue.Node) {
	text := p.tree.Text[span.Offset():][:span.Len()]
	n, isInt := phpserialize.CanonicalInt(text)
	if !isInt || n != parent.Num {
		parent.List = false
	}
	if isInt {
		p.keyKind, p.key = phpvalue.IntKey, uint64(n)
		return
	}
	p.keyKind, p.key = phpvalue.TextKey, uint64(span)
}

// fail notes that what, which was expected at offset at, is not there.
func (p *Parser) fail(at int, what string) int {
	if at >= len(p.src) {
		return p.failWith(len(p.src), io.ErrUnexpectedEOF, "%s", what)
	}
	return p.failWith(at, phpserialize.ErrCorrupt, "%s", what)
}

// failWith notes an error of class and its place: the path goes down to the value that was being read.
func (p *Parser) failWith(at int, class error, format string, args ...any) int {
	path := slices.Clone(p.open)
	if p.keyKind != phpvalue.NoKey {
		path = append(path, uint32(len(p.tree.Nodes)))
		p.add(phpvalue.Null, 0, 0)
	}
	p.err = &phpserialize.Error{Offset: at, Path: phpserialize.Path(p.tree, path), Err: fmt.Errorf(format+": %w", append(args, class)...)}
	return -1
}
