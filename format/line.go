package format

import (
	"slices"
	"strconv"

	"envelog/phpvalue"
	"envelog/record"
)

// lineFormatter prints records as Monolog 3's LineFormatter does.
type lineFormatter struct {
	values   normalizer
	template template
	options  LineOptions
}

func newLine(dates dates, o Options) (*lineFormatter, error) {
	format := o.LineFormat
	if format == "" {
		format = defaultLineFormat
	}
	template, err := compileTemplate(format)
	if err != nil {
		return nil, err
	}
	o.Line.InlineLineBreaks = o.Line.InlineLineBreaks || o.Line.Stacktraces
	n := newNormalizer(lineStyle, dates, o)
	n.traces = traces{include: o.Line.Stacktraces, indent: o.Line.Indent}
	return &lineFormatter{n, template, o.Line}, nil
}

func (f *lineFormatter) Append(dst []byte, r *record.Record) []byte {
	start := len(dst)
	f.values.begin(dst)
	for i := range f.template.parts {
		dst = f.part(dst, f.template.parts[i], r, f.template.keys)
	}
	if !f.template.exact || placeholderIn(dst[start:]) {
		dst = f.replaceInTurn(dst, start, r)
	}
	return append(dst, '\n')
}

// part appends what p stands for; the context and extra without the keys that have a placeholder of their own.
func (f *lineFormatter) part(dst []byte, p templatePart, r *record.Record, without ownKeys) []byte {
	n := &f.values
	start := len(dst)
	switch p.token {
	case tokenLiteral:
		return append(dst, p.text...)
	case tokenMessage:
		return f.breaks(n.rawShare(dst, r.Message, n.maxBytes/messageShare), start)
	case tokenContext:
		return f.root(dst, r.Context, without.context)
	case tokenLevel:
		return strconv.AppendInt(dst, int64(r.Level), 10)
	case tokenLevelName:
		return append(dst, f.levelName(r.Level)...)
	case tokenChannel:
		return f.breaks(n.rawShare(dst, r.Channel, n.maxBytes/channelShare), start)
	case tokenDatetime:
		return n.time(dst, r)
	case tokenExtra:
		return f.root(dst, r.Extra, without.extra)
	case tokenContextKey:
		return f.element(dst, r.Context, p.text)
	case tokenExtraKey:
		return f.element(dst, r.Extra, p.text)
	}
	return dst
}

func (f *lineFormatter) levelName(l record.Level) string {
	name := l.String()
	if most := f.options.MaxLevelName; most > 0 && most < len(name) {
		name = name[:most]
	}
	return name
}

// root appends a context or extra without the elements called keys.
func (f *lineFormatter) root(dst []byte, v phpvalue.Value, keys []string) []byte {
	start := len(dst)
	dst = f.values.rootWithout(dst, v, keys)
	if f.options.IgnoreEmpty && string(dst[start:]) == "[]" {
		return dst[:start]
	}
	if !f.options.InlineLineBreaks { // JSON has none to flatten
		return dst
	}
	return f.breaks(dst, start)
}

// element appends the element called key of a context or extra, or nothing if there isn't one.
func (f *lineFormatter) element(dst []byte, v phpvalue.Value, key string) []byte {
	start := len(dst)
	if element := elementOf(v, key); element.Exists() {
		return f.breaks(f.values.stringify(dst, element.Resolve()), start)
	}
	return dst
}

// breaks makes of the text in dst from start on what LineFormatter::replaceNewlines does.
func (f *lineFormatter) breaks(dst []byte, start int) []byte {
	if !f.options.InlineLineBreaks {
		return flattenBreaks(dst, start)
	}
	if start < len(dst) && (dst[start] == '{' || dst[start] == '[') {
		return unescapeBreaks(dst, start)
	}
	return dst
}

// stringify appends v as LineFormatter::convertToString does.
func (n *normalizer) stringify(dst []byte, v phpvalue.Value) []byte {
	switch v.Kind() {
	case phpvalue.Null, phpvalue.Invalid:
		return append(dst, "NULL"...)
	case phpvalue.Float:
		return appendCastFloat(dst, v.Float())
	case phpvalue.String:
		return n.raw(dst, v.Text())
	case phpvalue.Object:
		if text, ok := n.objectText(dst, v, n.inspect(v), fieldDepth); ok {
			return text
		}
	}
	return n.value(dst, v, fieldDepth)
}

// elementOf returns the element of a context or extra that is called key. Monolog keeps no more than maxItems of them.
func elementOf(v phpvalue.Value, key string) phpvalue.Value {
	count := 0
	for it := v.Resolve().Children(); it.Next() && count < maxItems; count++ {
		if isCalled(it.Value(), key) {
			return it.Value()
		}
	}
	return phpvalue.Value{}
}

func isCalled(element phpvalue.Value, key string) bool {
	if element.KeyKind() == phpvalue.TextKey {
		return string(element.TextKey()) == key
	}
	var buffer [20]byte
	return string(strconv.AppendInt(buffer[:0], element.IntKey(), 10)) == key
}

func keyText(element phpvalue.Value) string {
	if element.KeyKind() == phpvalue.TextKey {
		return string(element.TextKey())
	}
	return strconv.FormatInt(element.IntKey(), 10)
}

// rootWithout appends a context or extra without the elements called keys.
func (n *normalizer) rootWithout(dst []byte, v phpvalue.Value, keys []string) []byte {
	v = v.Resolve()
	if v.Kind() != phpvalue.Array || !hasAnyOf(v, keys) {
		return n.root(dst, v, "[]")
	}
	n.full = false
	start := len(dst)
	list := isListWithout(v, keys)
	dst = n.elementsWithout(append(dst, '{'), v, keys, list)
	if list {
		dst[start] = '['
		return append(dst, ']')
	}
	return append(dst, '}')
}

func hasAnyOf(v phpvalue.Value, keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return elementOf(v, key).Exists() })
}

func isAnyOf(element phpvalue.Value, keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return isCalled(element, key) })
}

// isListWithout reports whether PHP takes v for a list once the elements called keys are unset.
func isListWithout(v phpvalue.Value, keys []string) bool {
	next := int64(0)
	for it := v.Children(); it.Next(); {
		element := it.Value()
		if isAnyOf(element, keys) {
			continue
		}
		if element.KeyKind() != phpvalue.IntKey || element.IntKey() != next {
			return false
		}
		next++
	}
	return v.Len() <= maxItems
}

// elementsWithout appends the elements of v. Only before the first does dst end in the brace that opens them.
func (n *normalizer) elementsWithout(dst []byte, v phpvalue.Value, keys []string, list bool) []byte {
	count := 0
	for it := v.Children(); it.Next() && !n.full; count++ {
		if count < maxItems && isAnyOf(it.Value(), keys) {
			continue
		}
		before := byte(',')
		if last := len(dst) - 1; dst[last] == '{' {
			dst, before = dst[:last], '{'
		}
		switch {
		case count == maxItems:
			return appendOverItems(append(dst, before), v.Len())
		case list:
			dst = n.item(append(dst, before), it.Value(), fieldDepth)
		default:
			dst = n.element(dst, before, it.Value(), fieldDepth)
		}
	}
	return dst
}
