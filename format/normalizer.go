package format

import (
	"fmt"
	"strconv"

	"envelog/internal/phpdate"
	"envelog/phpvalue"
)

// style says for whom values are printed.
type style uint8

const (
	lineStyle  style = iota // as LineFormatter: objects in their class name, exceptions as text
	jsonStyle               // as JsonFormatter: objects as their properties, exceptions as objects
	houseStyle              // as LineFormatter, except for enums and for characters on which terminals act
)

// Monolog's bounds (NormalizerFormatter) and what it prints for what lies beyond.
const (
	maxDepth = 9
	maxItems = 1000

	tooDeep = "Over 9 levels deep, aborting normalization"
)

// normalizer prints the values of one record as JSON, straight from their tree, as Monolog's formatters print what
// their normalize() has made of them. Its three bounds keep a hostile record from becoming an endless line: Monolog's
// depth, the bytes that the record may add, and the number of values that are looked at, since references can lead to
// the same values again and again.
type normalizer struct {
	style    style
	escapes  escapes
	dates    dates
	minute   isoMinute
	zones    phpdate.Zones
	classes  map[string]*knownClass // by name
	traces   traces                 // of exceptions
	maxBytes int
	tooLong  []byte // what is printed instead of what has no room

	showSerialized bool // print what __serialize() and Serializable wrote without a name

	limit    int   // the length of dst from which on there is no more room
	work     int   // how many values may still be looked at
	full     bool  // there was no more room, so the open arrays are closed one after the other
	path     []int // the objects and arrays that are being printed as json_encode() does, outermost first
	lost     bool  // of these there were too many
	badDates int   // objects like dates that are none
}

func newNormalizer(style style, dates dates, o Options) normalizer {
	n := normalizer{style: style, dates: dates, maxBytes: o.MaxLineBytes, classes: classIndex(), showSerialized: o.ShowSerialized}
	if style == houseStyle {
		n.escapes = allControls
	}
	n.tooLong = fmt.Appendf(nil, "Over %d bytes, aborting normalization", o.MaxLineBytes)
	return n
}

// closing is room that is kept for what ends a line: brackets and notices.
const closing = 2 << 10

// begin gives the record that is going to be appended to dst its bounds.
func (n *normalizer) begin(dst []byte) {
	n.limit = len(dst) + n.maxBytes - n.maxBytes/channelShare - closing
	n.work = n.maxBytes
	n.badDates = 0
}

// hasRoom reports whether size more bytes fit.
func (n *normalizer) hasRoom(dst []byte, size int) bool { return size <= n.limit-len(dst) }

// root appends a record's context or extra; empty is what stands for none.
func (n *normalizer) root(dst []byte, v phpvalue.Value, empty string) []byte {
	v = v.Resolve()
	if v.Kind() != phpvalue.Array || v.Len() == 0 {
		return append(dst, empty...)
	}
	n.full = false
	return n.array(dst, v, 1)
}

// textOf appends the string v, as text does.
func (n *normalizer) textOf(dst []byte, v phpvalue.Value) []byte {
	node := v.Node()
	switch size := node.Text.Len(); {
	case node.Plain&phpvalue.PlainText != 0 && n.hasRoom(dst, size+len(`""`)):
		return appendPlain(dst, v.Tree().Text, node.Text)
	case node.Plain&phpvalue.CleanText != 0 && n.hasRoom(dst, 2*size+len(`""`)):
		return appendClean(dst, v.Tree().Text, node.Text)
	}
	return n.text(dst, v.Text())
}

// value appends v, which lies depth levels deep in the record. It is the normalize() of Monolog and the json_encode()
// that follows it, in one.
func (n *normalizer) value(dst []byte, v phpvalue.Value, depth int) []byte {
	switch v.Kind() {
	case phpvalue.String:
		return n.textOf(dst, v)
	case phpvalue.Int:
		return appendInt(dst, v.Int())
	case phpvalue.Float:
		return n.float(dst, v)
	case phpvalue.Null, phpvalue.Bool, phpvalue.Invalid:
		return appendScalar(dst, v)
	case phpvalue.SameObject, phpvalue.Reference:
		return n.value(dst, v.Resolve(), depth)
	}
	switch {
	case depth > maxDepth:
		return append(append(append(dst, '"'), tooDeep...), '"')
	case v.Kind() == phpvalue.Array:
		return n.array(dst, v, depth)
	}
	return n.object(dst, v, depth)
}

// appendScalar appends a null, bool or int; what does not exist is null.
func appendScalar(dst []byte, v phpvalue.Value) []byte {
	switch v.Kind() {
	case phpvalue.Int:
		return appendInt(dst, v.Int())
	case phpvalue.Bool:
		return strconv.AppendBool(dst, v.Bool())
	}
	return append(dst, "null"...)
}

// text appends s as a JSON string, if there is room for it.
func (n *normalizer) text(dst, s []byte) []byte {
	if n.hasRoom(dst, longestEscape*len(s)) {
		return appendQuoted(dst, s, n.escapes)
	}
	start := len(dst)
	if n.hasRoom(dst, len(s)) {
		if dst = appendQuoted(dst, s, n.escapes); n.hasRoom(dst, 0) {
			return dst
		}
	}
	return appendQuoted(dst[:start], n.tooLong, asPHP)
}

// float appends f. JSON has no infinity: LineFormatter makes a string of it, JsonFormatter leaves it to json_encode(),
// which partial output makes print 0.
func (n *normalizer) float(dst []byte, v phpvalue.Value) []byte {
	if line, ok := appendShortest(dst, v.Text()); ok {
		return line
	}
	f := v.Float()
	if isFinite(f) {
		return appendJSONFloat(dst, f)
	}
	if n.style == jsonStyle {
		return append(dst, '0')
	}
	return append(appendNotFinite(append(dst, '"'), f), '"')
}

// array appends the array v. More than maxItems items make a map of it, for the key of the notice about them.
func (n *normalizer) array(dst []byte, v phpvalue.Value, depth int) []byte {
	if v.Len() == 0 {
		return append(dst, "[]"...)
	}
	if v.IsList() && v.Len() <= maxItems {
		return n.list(dst, v, depth)
	}
	count, before := 0, byte('{')
	for it := v.Children(); it.Next(); count++ {
		if count == maxItems {
			dst = appendOverItems(append(dst, before), v.Len())
			break
		}
		if dst = n.element(dst, before, it.Value(), depth+1); n.full {
			break
		}
		before = ','
	}
	return append(dst, '}')
}

// notice appends an item that says what is missing.
func (n *normalizer) notice(dst []byte, list bool) []byte {
	if !list {
		dst = append(dst, `"...":`...)
	}
	return appendQuoted(dst, n.tooLong, asPHP)
}

func (n *normalizer) list(dst []byte, v phpvalue.Value, depth int) []byte {
	dst = append(dst, '[')
	separator := false
	for it := v.Children(); it.Next() && !n.full; separator = true {
		if separator {
			dst = append(dst, ',')
		}
		dst = n.item(dst, it.Value(), depth+1)
	}
	return append(dst, ']')
}

// item appends a value without a key. Where there is no room for it, the notice is.
func (n *normalizer) item(dst []byte, v phpvalue.Value, depth int) []byte {
	if n.step(dst) {
		return n.value(dst, v, depth)
	}
	n.full = true
	return n.notice(dst, true)
}

// step counts one more value, and reports whether there is room and time for it.
func (n *normalizer) step(dst []byte) bool {
	n.work--
	return n.work >= 0 && n.hasRoom(dst, 1)
}

// key appends the key of v, if there is room for it.
func (n *normalizer) key(dst []byte, v phpvalue.Value) []byte {
	if v.KeyKind() == phpvalue.TextKey {
		return n.text(dst, v.TextKey())
	}
	dst = strconv.AppendInt(append(dst, '"'), v.IntKey(), 10)
	return append(dst, '"')
}

func appendOverItems(dst []byte, total int) []byte {
	dst = append(dst, `"...":"`...)
	dst = appendItemsNotice(dst, total)
	return append(dst, '"')
}

func appendItemsNotice(dst []byte, total int) []byte {
	dst = append(dst, "Over 1000 items ("...)
	dst = strconv.AppendInt(dst, int64(total), 10)
	return append(dst, " total), aborting normalization"...)
}
