package format

import (
	"bytes"

	"envelog/phpvalue"
)

// contentOf returns the value whose members json_encode() prints for the object v, and whether it prints them as a list in
// any case. PHP's own collections serialize as a few numbered parts, see __serialize() in php-src ext/spl; what they hold
// themselves is printed for ArrayObject, ArrayIterator and SplFixedArray alone. Of classes that an application derives from
// them the parts tell as well, where nothing else looks like them.
func contentOf(v phpvalue.Value) (content phpvalue.Value, list bool) {
	switch string(v.Text()) {
	case "SplFixedArray":
		return v, true
	case "SplObjectStorage":
		return part(v, 1), false
	case "SplDoublyLinkedList", "SplQueue", "SplStack":
		return part(v, 2), false
	}
	if first := firstPart(v); !first.Exists() {
		return v, false
	}
	switch {
	case isArrayObject(v):
		return arrayObjectContent(v), false
	case isObjectStorage(v):
		return part(v, 1), false
	case isLinkedList(v):
		return part(v, 2), false
	}
	return v, false
}

// firstPart returns the member with the number 0 that v begins with, if it does.
func firstPart(v phpvalue.Value) phpvalue.Value {
	it := v.Children()
	if !it.Next() || it.Value().KeyKind() != phpvalue.IntKey || it.Value().IntKey() != 0 {
		return phpvalue.Value{}
	}
	return it.Value()
}

// The flags of ArrayObject and ArrayIterator (php-src ext/spl/spl_array.c).
const (
	stdPropList   = 1          // show the object's properties instead of its elements
	publicFlags   = 7          // with ARRAY_AS_PROPS, and CHILD_ARRAYS_ONLY of RecursiveArrayIterator
	isItself      = 0x01000000 // the object is its own storage
	usesOther     = 0x02000000 // the storage is another ArrayObject
	internalFlags = isItself | usesOther
)

// isArrayObject reports whether v has the parts of an ArrayObject or ArrayIterator: flags, storage, properties, class of its
// iterators or null.
func isArrayObject(v phpvalue.Value) bool {
	flags, storage, iterator := part(v, 0), part(v, 1), part(v, 3)
	if v.Len() != 4 || flags.Kind() != phpvalue.Int || flags.Int()&^(publicFlags|internalFlags) != 0 || part(v, 2).Kind() != phpvalue.Array {
		return false
	}
	if iterator.Kind() != phpvalue.Null && iterator.Kind() != phpvalue.String {
		return false
	}
	switch storage.Kind() {
	case phpvalue.Array, phpvalue.Object:
		return true
	}
	return flags.Int()&isItself != 0
}

// arrayObjectContent returns what an ArrayObject shows: its elements, which may be the properties of another object, or its
// own properties.
func arrayObjectContent(v phpvalue.Value) phpvalue.Value {
	for range maxNesting {
		if part(v, 0).Int()&(stdPropList|isItself) != 0 {
			return part(v, 2)
		}
		if v = part(v, 1); v.Kind() != phpvalue.Object || !isArrayObject(v) {
			return v
		}
	}
	return phpvalue.Value{}
}

// isObjectStorage reports whether v has the parts of an SplObjectStorage: objects with the data of each in turn, and
// properties. Without an object, there must be a property that no array of an application's own has.
func isObjectStorage(v phpvalue.Value) bool {
	storage, properties := part(v, 0), part(v, 1)
	if v.Len() != 2 || !storage.IsList() || storage.Len()%2 != 0 || !areProperties(properties) {
		return false
	}
	isObject := true
	for it := storage.Children(); it.Next(); isObject = !isObject {
		if isObject && it.Value().Resolve().Kind() != phpvalue.Object {
			return false
		}
	}
	return storage.Len() > 0 || hasHidden(properties)
}

// isLinkedList reports whether v has the parts of an SplDoublyLinkedList: flags, elements, properties, one of which no array
// of an application's own has.
func isLinkedList(v phpvalue.Value) bool {
	const modes = 7
	flags, properties := part(v, 0), part(v, 2)
	return v.Len() == 3 && flags.Kind() == phpvalue.Int && flags.Int()&^modes == 0 && part(v, 1).IsList() && areProperties(properties) && hasHidden(properties)
}

func areProperties(v phpvalue.Value) bool {
	if v.Kind() != phpvalue.Array {
		return false
	}
	for it := v.Children(); it.Next(); {
		if it.Value().KeyKind() != phpvalue.TextKey {
			return false
		}
	}
	return true
}

// hasHidden reports whether a key of v is the mangled name of a protected or private property.
func hasHidden(v phpvalue.Value) bool {
	for it := v.Children(); it.Next(); {
		if key := it.Value().TextKey(); len(key) > 2 && key[0] == 0 && bytes.IndexByte(key[1:], 0) > 0 {
			return true
		}
	}
	return false
}

// part returns the member of v with the number n.
func part(v phpvalue.Value, n int64) phpvalue.Value {
	for it := v.Children(); it.Next(); {
		if p := it.Value(); p.KeyKind() == phpvalue.IntKey && p.IntKey() == n {
			return p.Resolve()
		}
	}
	return phpvalue.Value{}
}
