package format

import (
	"slices"
	"strconv"

	"envelog/internal/phpdate"
	"envelog/phpvalue"
)

// maxNesting is how deep json_decode() follows the arrays and objects in an object. LineFormatter encodes an object and
// decodes it again, so one that goes deeper is null to it.
const maxNesting = 511

// encodeRoot appends an object's value as json_encode() prints it. There is neither depth nor item count here, as in
// Monolog; an object within itself is null. LineFormatter's way through json_decode() makes lists of objects whose
// properties are 0, 1, 2, ..., and of those that have none.
func (n *normalizer) encodeRoot(dst []byte, v phpvalue.Value, f features) []byte {
	n.lost = false
	start := len(dst)
	if v.Kind() == phpvalue.Object {
		dst = n.encodeObject(dst, v, f)
	} else {
		dst = n.encode(dst, v)
	}
	if n.lost && n.style != jsonStyle {
		return append(dst[:start], "null"...)
	}
	return dst
}

func (n *normalizer) encode(dst []byte, v phpvalue.Value) []byte {
	switch v.Kind() {
	case phpvalue.Float:
		if !isFinite(v.Float()) {
			return append(dst, '0')
		}
		return n.float(dst, v)
	case phpvalue.String:
		return n.textOf(dst, v)
	case phpvalue.Array:
		return n.encodeArray(dst, v)
	case phpvalue.Object:
		return n.encodeObject(dst, v, n.inspect(v))
	case phpvalue.Enum:
		return n.encodeEnum(dst, v)
	case phpvalue.Custom:
		return n.encodeCustom(dst, v)
	case phpvalue.SameObject, phpvalue.Reference:
		return n.encode(dst, v.Resolve())
	}
	return appendScalar(dst, v)
}

// encodeEnum appends the name of the case: the value behind it is not serialized.
func (n *normalizer) encodeEnum(dst []byte, v phpvalue.Value) []byte {
	if n.style == houseStyle {
		start := len(dst)
		return n.closeText(appendEnum(append(dst, '"'), v), start)
	}
	_, name := v.Enum()
	return n.text(dst, name)
}

// encodeCustom appends no more than that there is an object: the text that its class has written about it only the class
// can read, and there may be secrets in it. Only those who ask for such text get it.
func (n *normalizer) encodeCustom(dst []byte, v phpvalue.Value) []byte {
	payload := v.Children()
	switch {
	case n.showSerialized && payload.Next():
		return n.text(dst, payload.Value().Text())
	case n.style == jsonStyle:
		return append(dst, "{}"...)
	}
	return append(dst, "[]"...)
}

func (n *normalizer) encodeArray(dst []byte, v phpvalue.Value) []byte {
	if v.Len() == 0 {
		return append(dst, "[]"...)
	}
	if !n.enter(v) {
		return append(dst, "null"...)
	}
	start := len(dst)
	dst = n.members(append(dst, '{'), v, v.IsList(), anyMember)
	return n.leave(dst, start, v.IsList())
}

func (n *normalizer) encodeObject(dst []byte, v phpvalue.Value, f features) []byte {
	if f.microseconds.Exists() && f.date.Complete() {
		return n.encodeMonologDate(dst, f)
	}
	if len(n.path) > 0 {
		if line, ok := n.appendKnown(dst, v, true); ok {
			return line
		}
	}
	if !n.enter(v) {
		return append(dst, "null"...)
	}
	start := len(dst)
	dst = append(dst, '{')
	if f.date.Complete() {
		dst = n.members(dst, v, false, besideDate)
		dst = n.members(dst, v, false, partOfDate)
		return n.leave(dst, start, false)
	}
	content, list := contentOf(v)
	shown := isNamed
	if content != v || list || n.showSerialized {
		shown = isPublic
	}
	list = list || n.style != jsonStyle && isSequence(content, shown)
	dst = n.members(dst, content, list, shown)
	return n.leave(dst, start, list)
}

// encodeMonologDate appends what the jsonSerialize() of Monolog's own date returns.
func (n *normalizer) encodeMonologDate(dst []byte, f features) []byte {
	t, ok := n.dateTime(f.date)
	if !ok {
		return append(dst, "null"...)
	}
	fraction := f.microseconds.Kind() == phpvalue.Bool && f.microseconds.Bool()
	return append(appendISO(append(dst, '"'), t, fraction), '"')
}

// enter notes that v is being printed, unless it lies too deep or within itself, where only null is printed.
func (n *normalizer) enter(v phpvalue.Value) bool {
	if slices.Contains(n.path, v.Index()) {
		return false
	}
	if len(n.path) == maxNesting && n.style != jsonStyle {
		n.lost = true
		return false
	}
	n.path = append(n.path, v.Index())
	return true
}

// leave ends the innermost value, which was begun at start as if it were a map.
func (n *normalizer) leave(dst []byte, start int, list bool) []byte {
	n.path = n.path[:len(n.path)-1]
	if list || n.style != jsonStyle && len(dst) == start+1 {
		dst[start] = '['
		return append(dst, ']')
	}
	return append(dst, '}')
}

// members appends those elements or properties of v that include takes. Only before the first of a value does dst end
// in the brace that opens it.
func (n *normalizer) members(dst []byte, v phpvalue.Value, list bool, include func(phpvalue.Value) bool) []byte {
	for it := v.Children(); it.Next() && !n.full; {
		member := it.Value()
		if n.work--; n.work >= 0 && !include(member) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		start := len(dst)
		if n.work >= 0 && n.hasRoom(dst, 1) {
			if !list {
				dst = append(n.key(dst, member), ':')
			}
			if n.hasRoom(dst, 0) {
				dst = n.encode(dst, member)
				continue
			}
		}
		n.full = true
		dst = n.notice(dst[:start], list)
	}
	return dst
}

func anyMember(phpvalue.Value) bool { return true }

func partOfDate(p phpvalue.Value) bool {
	if p.KeyKind() != phpvalue.TextKey {
		return false
	}
	switch string(p.TextKey()) {
	case phpdate.LocalProperty, phpdate.KindProperty, phpdate.ZoneProperty:
		return true
	}
	return false
}

func besideDate(p phpvalue.Value) bool { return isPublic(p) && !partOfDate(p) }

// isSequence reports whether the members of v that are shown are called 0, 1, 2, ... in this order, and there is one.
func isSequence(v phpvalue.Value, shown func(phpvalue.Value) bool) bool {
	next := int64(0)
	for it := v.Children(); it.Next(); {
		member := it.Value()
		if !shown(member) {
			continue
		}
		if !isNumber(member, next) {
			return false
		}
		next++
	}
	return next > 0
}

func isNumber(member phpvalue.Value, want int64) bool {
	if member.KeyKind() == phpvalue.IntKey {
		return member.IntKey() == want
	}
	var buffer [20]byte
	return string(member.TextKey()) == string(strconv.AppendInt(buffer[:0], want, 10))
}
