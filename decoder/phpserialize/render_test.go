package phpserialize_test

import (
	"fmt"
	"strings"

	"envelog/phpvalue"
)

// render writes v as text, for tests to compare: keys and values in order, back references as *index.
func render(v phpvalue.Value) string {
	switch v.Kind() {
	case phpvalue.Null:
		return "null"
	case phpvalue.Bool:
		return fmt.Sprint(v.Bool())
	case phpvalue.Int:
		return fmt.Sprint(v.Int())
	case phpvalue.Float:
		return fmt.Sprintf("%v(%s)", v.Float(), v.Text())
	case phpvalue.String:
		return fmt.Sprintf("%q", v.Text())
	case phpvalue.Array:
		if v.IsList() {
			return "list[" + renderChildren(v) + "]"
		}
		return "map[" + renderChildren(v) + "]"
	case phpvalue.Object:
		return fmt.Sprintf("%s{%s}", v.Text(), renderChildren(v))
	case phpvalue.Custom:
		return fmt.Sprintf("%s<%s>", v.Text(), renderChildren(v))
	case phpvalue.Enum:
		return fmt.Sprintf("enum %s", v.Text())
	case phpvalue.SameObject:
		return fmt.Sprintf("*%d", v.Node().Num)
	case phpvalue.Reference:
		return fmt.Sprintf("&%d", v.Node().Num)
	}
	return "invalid"
}

func renderChildren(v phpvalue.Value) string {
	var parts []string
	for it := v.Children(); it.Next(); {
		c := it.Value()
		key := ""
		switch c.KeyKind() {
		case phpvalue.IntKey:
			key = fmt.Sprintf("%d: ", c.IntKey())
		case phpvalue.TextKey:
			key = fmt.Sprintf("%q: ", c.TextKey())
		}
		parts = append(parts, key+render(c))
	}
	return strings.Join(parts, ", ")
}
