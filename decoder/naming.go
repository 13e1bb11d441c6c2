package decoder

import (
	"fmt"
	"strings"

	"envelog/phpvalue"
)

// Errors name what a message has by kinds, classes and keys; these functions never show a value.

// keys lists the plain names of the properties or text keys of v, for errors.
func keys(v phpvalue.Value) string {
	const most, longest = 32, 60
	var names []string
	for it := v.Children(); it.Next(); {
		if len(names) == most {
			names = append(names, "...")
			break
		}
		if it.Value().KeyKind() == phpvalue.TextKey {
			name, _ := phpvalue.SplitProperty(it.Value().TextKey())
			names = append(names, fmt.Sprintf("%.*q", longest, name))
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// kindName says what v is, without what is in it.
func kindName(v phpvalue.Value) string {
	switch v.Kind() {
	case phpvalue.Null:
		return "null"
	case phpvalue.Bool:
		return "a bool"
	case phpvalue.Int:
		return "an int"
	case phpvalue.Float:
		return "a float"
	case phpvalue.String:
		return "a string"
	case phpvalue.Array:
		return "an array"
	case phpvalue.Object:
		return "an object"
	case phpvalue.Custom:
		return "an object with a format of its own"
	case phpvalue.Enum:
		return "an enum case"
	}
	return "nothing"
}
