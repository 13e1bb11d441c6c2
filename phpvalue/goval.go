package phpvalue

import "strconv"

// GoObject is a PHP object as a Go value.
type GoObject struct {
	Class string
	// Properties by their plain names, whatever their visibility; of two with the same name the last, which is the
	// subclass's own.
	Properties map[string]any
}

// GoEnum is a case of an enum as a Go value. The value behind a backed case is not serialized.
type GoEnum struct {
	Class, Case string
}

// GoOpaque is an object as a Go value whose class wrote itself in a format of its own (C: of PHP's serialize).
type GoOpaque struct {
	Class, Data string
}

// Go returns v as a Go value, copied out of its tree:
//
//	null, what does not exist   nil
//	bool, int, float, string    bool, int64, float64, string; a string may be any bytes
//	array that is a list        []any
//	any other array             map[string]any, with int keys in decimal; the order is lost
//	object                      *GoObject
//	enum, C: object             GoEnum, GoOpaque
//
// What is the same object in PHP, or the same array by reference, is the same pointer, slice or map here, so that values that
// hold themselves do so here as well: bound the depth when walking them.
func (v Value) Go() any { return goValues{}.of(v) }

// goValues are the containers that were made, by the index of their node.
type goValues map[int]any

func (g goValues) of(v Value) any {
	v = v.Resolve()
	switch v.Kind() {
	case Bool:
		return v.Bool()
	case Int:
		return v.Int()
	case Float:
		return v.Float()
	case String:
		return string(v.Text())
	case Array, Object:
		if made, ok := g[v.Index()]; ok {
			return made
		}
		return g.container(v)
	case Enum:
		class, name := v.Enum()
		return GoEnum{string(class), string(name)}
	case Custom:
		data := v.Children()
		data.Next()
		return GoOpaque{string(v.Text()), string(data.Value().Text())}
	}
	return nil
}

// container makes an array or object. It is known before what is in it, which may refer to it.
func (g goValues) container(v Value) any {
	if v.IsList() {
		list := make([]any, v.Len())
		g[v.Index()] = list
		i := 0
		for it := v.Children(); it.Next() && i < len(list); i++ {
			list[i] = g.of(it.Value())
		}
		return list
	}
	members := make(map[string]any, v.Len())
	var made any = members
	if v.Kind() == Object {
		made = &GoObject{Class: string(v.Text()), Properties: members}
	}
	g[v.Index()] = made
	for it := v.Children(); it.Next(); {
		members[goKey(v, it.Value())] = g.of(it.Value())
	}
	return made
}

func goKey(parent, member Value) string {
	if member.KeyKind() != TextKey {
		return strconv.FormatInt(member.IntKey(), 10)
	}
	key := member.TextKey()
	if parent.Kind() == Object {
		key, _ = SplitProperty(key)
	}
	return string(key)
}
