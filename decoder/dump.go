package decoder

import (
	"fmt"
	"strconv"
	"strings"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
)

// mostLevels is how deep a tree is printed.
const mostLevels = 64

// dump prints v with everything below it, one value a line:
//
//	App\Logging\Message\LogMessage {
//	  channel: "app"
//	  private context: array(2) {
//	    "user": App\User {
//	      id: 4711
//	    }
//	    "owner": -> message.context.user
//	  }
//	}
//
// A back reference names the place of its target: -> for the same object, & for a PHP reference.
func (p *describer) dump(v phpvalue.Value) { p.dumpAt(v, 1, "") }

func (p *describer) dumpAt(v phpvalue.Value, level int, prefix string) {
	indent := strings.Repeat("  ", level)
	p.printf("%s%s%s", indent, prefix, leaf(v))
	if v.Len() == 0 {
		p.printf("\n")
		return
	}
	if level == mostLevels {
		p.printf(" {...}\n")
		return
	}
	p.printf(" {\n")
	for it := v.Children(); it.Next(); {
		p.dumpAt(it.Value(), level+1, nameIn(v, it.Value())+": ")
	}
	p.printf("%s}\n", indent)
}

// nameIn is the key of v in an array, or its name and visibility in an object.
func nameIn(container, v phpvalue.Value) string {
	if container.Kind() != phpvalue.Object || v.KeyKind() != phpvalue.TextKey {
		return key(v)
	}
	switch name, scope := phpvalue.SplitProperty(v.TextKey()); string(scope) {
	case "":
		return clean(name)
	case "*":
		return "protected " + clean(name)
	case string(container.Text()):
		return "private " + clean(name)
	default:
		return "private " + clean(scope) + "::" + clean(name)
	}
}

// key is the key of v: a number, or a name in quotes.
func key(v phpvalue.Value) string {
	if v.KeyKind() == phpvalue.IntKey {
		return strconv.FormatInt(v.IntKey(), 10)
	}
	return quote(v.TextKey())
}

// leaf is v in one line: a scalar with its value, anything else with its type.
func leaf(v phpvalue.Value) string {
	switch v.Kind() {
	case phpvalue.Null:
		return "null"
	case phpvalue.Bool:
		return strconv.FormatBool(v.Bool())
	case phpvalue.Int:
		return strconv.FormatInt(v.Int(), 10)
	case phpvalue.Float:
		return "float " + clean(v.Text())
	case phpvalue.String:
		return quote(v.Text())
	case phpvalue.Array:
		return fmt.Sprintf("array(%d)", v.Len())
	case phpvalue.Object:
		return clean(v.Text())
	case phpvalue.Custom:
		return fmt.Sprintf("%s in a format of its own, %s", clean(v.Text()), quote(payload(v)))
	case phpvalue.Enum:
		class, name := v.Enum()
		return clean(class) + "::" + clean(name)
	case phpvalue.SameObject:
		return "-> " + placeOf(v)
	case phpvalue.Reference:
		return "& " + placeOf(v)
	}
	return "nothing"
}

func payload(custom phpvalue.Value) []byte {
	it := custom.Children()
	it.Next()
	return it.Value().Text()
}

// placeOf names the target of a back reference by its path from the root.
func placeOf(reference phpvalue.Value) string {
	t := reference.Tree()
	target := uint32(reference.Node().Num)
	var path []uint32
	for at := uint32(0); at < target; {
		at++ // into the container, whose children follow it
		for t.Nodes[at].End <= target {
			at = t.Nodes[at].End
		}
		path = append(path, at)
	}
	if len(path) == 0 {
		return "the root"
	}
	return phpserialize.Path(t, path)
}

// quote is text in quotes, shortened, with its length when that says more.
func quote(text []byte) string {
	const most = 200
	if len(text) <= most {
		return strconv.Quote(string(text))
	}
	return fmt.Sprintf("%s... (%d bytes)", strconv.Quote(string(text[:most])), len(text))
}

// clean is a name as it stands, with what could harm a terminal escaped.
func clean(name []byte) string {
	quoted := quote(name)
	unquoted := strings.Trim(quoted, `"`)
	return strings.ReplaceAll(unquoted, `\\`, `\`)
}
