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
	n.path = n.path[:0]
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
		return appendJSONFloat(dst, v.Float())
	case phpvalue.String:
		return n.text(dst, v.Text())
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

// encodeCustom appends the text that the class has written about its object, which only the class can read.
func (n *normalizer) encodeCustom(dst []byte, v phpvalue.Value) []byte {
	payload := v.Children()
	if !payload.Next() {
		return append(dst, "null"...)
	}
	return n.text(dst, payload.Value().Text())
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
	list = list || n.style != jsonStyle && isSequence(content)
	dst = n.members(dst, content, list, isPublic)
	return n.leave(dst, start, list)
}

// encodeMonologDate appends what the jsonSerialize() of Monolog's own date returns.
func (n *normalizer) encodeMonologDate(dst []byte, f features) []byte {
	t, ok := n.time(f.date)
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
	if len(n.path) == maxNesting {
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

// isSequence tells whether the public members of v are called 0, 1, 2, ... in this order, and there is one.
func isSequence(v phpvalue.Value) bool {
	next := int64(0)
	for it := v.Children(); it.Next(); {
		member := it.Value()
		if !isPublic(member) {
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

// contentOf returns the value whose public members json_encode() prints for the object v, and whether it prints them
// as a list in any case. PHP's own collections serialize as a few numbered parts; of the classes that an application
// derives from them, those of ArrayObject are known by these.
func contentOf(v phpvalue.Value) (content phpvalue.Value, list bool) {
	switch string(v.Text()) {
	case "SplFixedArray":
		return v, true
	case "SplObjectStorage":
		return part(v, 1), false
	case "SplDoublyLinkedList", "SplQueue", "SplStack":
		return part(v, 2), false
	}
	flags, storage, members := part(v, 0), part(v, 1), part(v, 2)
	if v.Len() != 4 || flags.Kind() != phpvalue.Int || members.Kind() != phpvalue.Array || !part(v, 3).Exists() {
		return v, false
	}
	if flags.Int()&arrayObjectStdPropList != 0 {
		return members, false
	}
	return storage, false
}

// arrayObjectStdPropList is ArrayObject::STD_PROP_LIST: show the object's properties in place of its elements.
const arrayObjectStdPropList = 1

// part returns the property of v with the number n.
func part(v phpvalue.Value, n int64) phpvalue.Value {
	for it := v.Children(); it.Next(); {
		if p := it.Value(); p.KeyKind() == phpvalue.IntKey && p.IntKey() == n {
			return p.Resolve()
		}
	}
	return phpvalue.Value{}
}
