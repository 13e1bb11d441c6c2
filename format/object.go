package format

import (
	"time"

	"envelog/internal/phpdate"
	"envelog/phpvalue"
)

// features is what the properties of an object tell about its class: these classes are known by what they serialize, so
// that subclasses are known too.
type features struct {
	date         phpdate.Date   // every DateTimeInterface
	microseconds phpvalue.Value // Monolog's own date class: whether it prints microseconds
	throwable    throwable
}

// inspect looks at each property of v once, if it is an object.
func (n *normalizer) inspect(v phpvalue.Value) features {
	var f features
	if v.Kind() != phpvalue.Object {
		return f
	}
	n.work -= v.Len()
	unnamed := false
	for it := v.Children(); it.Next(); {
		property := it.Value()
		switch {
		case property.KeyKind() != phpvalue.TextKey:
			unnamed = true
		case isPublic(property):
			f.date.Add(property)
		case phpdate.IsMicroseconds(property):
			f.microseconds = property.Resolve()
		default:
			f.throwable.add(property.TextKey(), property.Resolve())
		}
	}
	if string(v.Text()) == "stdClass" {
		f.date = phpdate.Date{}
	}
	if unnamed && !f.throwable.is {
		f.throwable = selfSerialized(v)
	}
	return f
}

// isPublic reports whether the property p is public: the names of others are mangled and start with NUL.
func isPublic(p phpvalue.Value) bool {
	return p.KeyKind() != phpvalue.TextKey || len(p.TextKey()) == 0 || p.TextKey()[0] != 0
}

// isNamed reports whether p is a public property. What has a number instead of a name is no property: only the array that
// a class's __serialize() returns has such elements, and what they mean is known to the class alone.
func isNamed(p phpvalue.Value) bool { return p.KeyKind() == phpvalue.TextKey && isPublic(p) }

// object appends an Object, Enum or Custom as normalize() and json_encode() make it.
func (n *normalizer) object(dst []byte, v phpvalue.Value, depth int) []byte {
	f := n.inspect(v)
	start := len(dst)
	if text, ok := n.objectText(append(dst, '"'), v, f, depth); ok {
		return n.closeText(text, start)
	}
	switch {
	case n.style != jsonStyle:
		dst = n.text(append(dst, '{'), className(v))
		dst = n.objectValue(append(dst, ':'), v, f)
		return append(dst, '}')
	case f.throwable.is:
		return n.exceptionObject(dst, v, f.throwable, depth)
	}
	return n.objectValue(dst, v, f)
}

// objectValue appends what stands for v: what its class says of itself, if it is known, or its properties.
func (n *normalizer) objectValue(dst []byte, v phpvalue.Value, f features) []byte {
	n.path = n.path[:0]
	if line, ok := n.appendKnown(dst, v, false); ok {
		return line
	}
	return n.encodeRoot(dst, v, f)
}

// objectText appends the text that v is normalized to, without quotes or escapes, and reports whether it is one.
func (n *normalizer) objectText(dst []byte, v phpvalue.Value, f features, depth int) (text []byte, ok bool) {
	switch {
	case f.date.Complete():
		if t, ok := n.dateTime(f.date); ok {
			return n.dateLayout(f).append(dst, t), true
		}
	case f.throwable.is && n.style != jsonStyle:
		return n.exceptionText(dst, v, f.throwable, depth), true
	case n.style == houseStyle && v.Kind() == phpvalue.Enum:
		return appendEnum(dst, v), true
	}
	return dst, false
}

// maxBadDates is how many dates without meaning are looked at in one record: each may be searched for on disk.
const maxBadDates = 16

// dateTime returns the time that d means, and whether it means one.
func (n *normalizer) dateTime(d phpdate.Date) (time.Time, bool) {
	if n.badDates == maxBadDates {
		return time.Time{}, false
	}
	t, err := n.zones.Time(d)
	if err != nil {
		n.badDates++
	}
	return t, err == nil
}

// dateLayout returns how the date of f is printed: Monolog's own may have microseconds.
func (n *normalizer) dateLayout(f features) *dateLayout {
	if f.microseconds.Kind() == phpvalue.Bool && f.microseconds.Bool() {
		return &n.dates.record
	}
	return &n.dates.context
}

// closeText ends the text that was begun with a quote at start, if there is room for it.
func (n *normalizer) closeText(dst []byte, start int) []byte {
	if n.hasRoom(dst, 0) {
		if dst = closeQuoted(dst, start+1, n.escapes); n.hasRoom(dst, 0) {
			return dst
		}
	}
	return appendQuoted(dst[:start], n.tooLong, asPHP)
}

// className returns the class of an Object, Custom or Enum.
func className(v phpvalue.Value) []byte {
	if v.Kind() == phpvalue.Enum {
		class, _ := v.Enum()
		return class
	}
	return v.Text()
}

// appendEnum appends an enum as PHP code spells it: Class::Case.
func appendEnum(dst []byte, v phpvalue.Value) []byte {
	class, name := v.Enum()
	dst = append(append(dst, class...), "::"...)
	return append(dst, name...)
}
