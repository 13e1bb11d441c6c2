package format

import (
	"fmt"
	"strconv"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
)

// array is a PHP array with keys, in order.
type array []element

type element struct {
	key   string
	value any // string, int, float64, bool, nil, array, or []any for a list
}

// object is a PHP object: its class, and its properties by their mangled names.
type object struct {
	class      string
	properties array
}

// list is what a class serializes itself as: elements without names.
func list(elements ...any) array {
	var l array
	for i, e := range elements {
		l = append(l, element{strconv.Itoa(i), e})
	}
	return l
}

// custom is an object of a class that implements Serializable: its class and its text.
type custom struct{ class, text string }

// values returns the value that PHP would serialize as value.
func values(t testing.TB, value any) phpvalue.Value {
	t.Helper()
	tree := new(phpvalue.Tree)
	builder := phpserialize.NewBuilder(tree)
	appendPHP(builder, value)
	if err := builder.Finish(); err != nil {
		t.Fatal(err)
	}
	return tree.Root()
}

func appendPHP(b *phpserialize.Builder, value any) {
	switch value := value.(type) {
	case nil:
		b.Null()
	case bool:
		b.Bool(value)
	case int:
		b.Int(int64(value))
	case float64:
		b.Float(value)
	case string:
		b.String([]byte(value))
	case array:
		b.OpenArray()
		appendMembers(b, value)
		b.Close()
	case object:
		b.OpenObject(value.class)
		appendMembers(b, value.properties)
		b.Close()
	case custom:
		v, err := tryParse(fmt.Appendf(nil, `C:%d:"%s":%d:{%s}`, len(value.class), value.class, len(value.text), value.text))
		if err != nil {
			panic(err)
		}
		b.Copy(v)
	case phpvalue.Value:
		b.Copy(value)
	case []any:
		b.OpenArray()
		for i, v := range value {
			b.Index(int64(i))
			appendPHP(b, v)
		}
		b.Close()
	}
}

// appendMembers appends elements or properties; a key in digits is an int.
func appendMembers(b *phpserialize.Builder, members array) {
	for _, e := range members {
		if n, err := strconv.ParseInt(e.key, 10, 64); err == nil {
			b.Index(n)
		} else {
			b.Name(e.key)
		}
		appendPHP(b, e.value)
	}
}
