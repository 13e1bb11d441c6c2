package format

import (
	"strconv"

	"envelog/phpvalue"
)

// fieldPrinter prints the context and extra of a record as fields, " key=value" each: what the formats keyvalue and logfmt
// have in common.
type fieldPrinter struct {
	values normalizer
	key    func(dst []byte, element phpvalue.Value, prefix string) []byte
	bare   func(text []byte) bool // whether text may stand without quotes
	quoted bool                   // whether JSON arrays and objects stand in quotes
	asIs   bool                   // whether key leaves keys as they are that are bare, see isBare, and do not begin with extraPrefix
}

// extraPrefix is before the keys of extra.
const extraPrefix = "extra."

// fieldDepth is how deep the elements of a context are in a record, as Monolog counts.
const fieldDepth = 2

// text appends s, which may take one part in share of a line, bare or quoted.
func (p *fieldPrinter) text(dst, s []byte, share int, bare bool) []byte {
	share = p.values.maxBytes / share
	if bare && len(s) <= share {
		return append(dst, s...)
	}
	return p.values.quotedShare(dst, s, share)
}

// fields appends each element of a context or extra, with prefix before its key.
func (p *fieldPrinter) fields(dst []byte, v phpvalue.Value, prefix string) []byte {
	v = v.Resolve()
	if v.Kind() != phpvalue.Array {
		return dst
	}
	p.values.full = false
	count := 0
	for it := v.Children(); it.Next() && !p.values.full; count++ {
		dst = append(dst, ' ')
		if count == maxItems {
			return appendItemsField(append(dst, prefix...), v.Len())
		}
		dst = p.field(dst, it.Value(), prefix)
	}
	return dst
}

func appendItemsField(dst []byte, total int) []byte {
	dst = append(dst, `...="`...)
	return append(appendItemsNotice(dst, total), '"')
}

// field appends key=value. Where there is no room for it, the notice is.
func (p *fieldPrinter) field(dst []byte, element phpvalue.Value, prefix string) []byte {
	if line, ok := p.shortKey(dst, element, prefix); ok {
		return p.shortValue(line, element)
	}
	n := &p.values
	start := len(dst)
	if n.step(dst) && n.hasRoom(dst, keySize(element)) {
		if dst = p.key(dst, element, prefix); n.hasRoom(dst, 0) {
			return p.value(append(dst, '='), element.Resolve())
		}
	}
	n.full = true
	dst = append(append(dst[:start], prefix...), "...="...)
	return appendQuoted(dst, n.tooLong, asPHP)
}

// shortKey appends the key of element and "=", with one look at the room for them and for a short value. It leaves keys to field
// that are not short and bare; ok is false then.
func (p *fieldPrinter) shortKey(dst []byte, element phpvalue.Value, prefix string) (line []byte, ok bool) {
	node, text := element.Node(), element.Tree().Text
	key, to := phpvalue.Span(node.Key), len(dst)
	if !p.asIs || node.Plain&phpvalue.BareKey == 0 || !isShort(text, key) || !p.values.hasRoom(dst, elementRoom) || cap(dst)-to < elementRoom {
		return dst, false
	}
	if p.values.work <= 0 || string(text[key.Offset():][:len(extraPrefix)]) == extraPrefix {
		return dst, false
	}
	p.values.work--
	line = dst[:cap(dst)]
	to += copy(line[to:], prefix)
	copyShort(line, to, text, key)
	to += key.Len()
	line[to] = '='
	return line[:to+1], true
}

// shortValue appends the value of element, as value does, where shortKey has seen to the room.
func (p *fieldPrinter) shortValue(dst []byte, element phpvalue.Value) []byte {
	node, text := element.Node(), element.Tree().Text
	switch {
	case node.Kind == phpvalue.Int:
		return appendInt(dst, node.Num)
	case node.Plain&phpvalue.PlainText != 0 && isShort(text, node.Text) && isBareShort(text, node.Text):
		if s := element.Text(); p.quoted || readsAsString(s) {
			to := len(dst)
			line := dst[:cap(dst)]
			copyShort(line, to, text, node.Text)
			return line[:to+len(s)]
		}
	}
	return p.value(dst, element.Resolve())
}

func keySize(element phpvalue.Value) int {
	if element.KeyKind() != phpvalue.TextKey {
		return 0
	}
	return len(element.TextKey())
}

// appendPlainKey appends the key of element as it is.
func appendPlainKey(dst []byte, element phpvalue.Value) []byte {
	if element.KeyKind() != phpvalue.TextKey {
		return strconv.AppendInt(dst, element.IntKey(), 10)
	}
	return append(dst, element.TextKey()...)
}

// value appends v: scalars as they are, text bare if it may be, and arrays and objects as JSON.
func (p *fieldPrinter) value(dst []byte, v phpvalue.Value) []byte {
	n := &p.values
	switch v.Kind() {
	case phpvalue.String:
		if s := v.Text(); n.hasRoom(dst, len(s)) && p.isBareString(v, s) {
			return append(dst, s...)
		}
	case phpvalue.Float:
		if f := v.Float(); !isFinite(f) {
			return appendNotFinite(dst, f)
		}
	case phpvalue.Enum, phpvalue.Object:
		return p.object(dst, v)
	case phpvalue.Array, phpvalue.Custom:
		return p.json(dst, v)
	}
	return n.value(dst, v, fieldDepth)
}

// isBareString reports whether the string v, whose text is s, may stand without quotes.
func (p *fieldPrinter) isBareString(v phpvalue.Value, s []byte) bool {
	if v.HasPlainText() {
		return isBarePlain(s) && (p.quoted || readsAsString(s))
	}
	return p.bare(s)
}

func (p *fieldPrinter) object(dst []byte, v phpvalue.Value) []byte {
	n := &p.values
	start := len(dst)
	line, ok := n.objectText(append(dst, '"'), v, n.inspect(v), fieldDepth)
	if !ok {
		return p.json(dst, v)
	}
	text := line[start+1:]
	if !n.hasRoom(line, 0) || !p.bare(text) {
		return n.closeText(line, start)
	}
	return append(line[:start], text...)
}

// json appends an array or object.
func (p *fieldPrinter) json(dst []byte, v phpvalue.Value) []byte {
	if !p.quoted {
		return p.values.value(dst, v, fieldDepth)
	}
	start := len(dst)
	return p.values.closeText(p.values.value(append(dst, '"'), v, fieldDepth), start)
}
