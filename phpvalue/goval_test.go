package phpvalue_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"envelog/decoder/phpserialize"
	"envelog/internal/serialized"
	"envelog/phpvalue"
)

// built returns the value that build makes.
func built(t *testing.T, build func(b *phpserialize.Builder)) phpvalue.Value {
	t.Helper()
	var tree phpvalue.Tree
	b := phpserialize.NewBuilder(&tree)
	build(b)
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	return tree.Root()
}

func TestGo(t *testing.T) {
	v := built(t, func(b *phpserialize.Builder) {
		b.OpenArray()
		b.Name("null")
		b.Null()
		b.Name("bool")
		b.Bool(true)
		b.Name("int")
		b.Int(math.MinInt64)
		b.Name("float")
		b.Float(0.1)
		b.Name("bytes")
		b.String([]byte("caf\xe9\x00"))
		b.Index(-7)
		b.OpenArray() // a list
		b.Index(0)
		b.Int(1)
		b.Index(1)
		b.OpenArray()
		b.Close()
		b.Close()
		b.Name("object")
		b.OpenObject(`App\Order`)
		b.Name("id")
		b.Int(5)
		b.Property(`App\Base`, "state")
		b.String([]byte("base"))
		b.Property(`App\Order`, "state")
		b.String([]byte("own"))
		b.Property("*", "total")
		b.Float(1)
		b.Close()
		b.Close()
	})
	want := map[string]any{
		"null": nil, "bool": true, "int": int64(math.MinInt64), "float": 0.1, "bytes": "caf\xe9\x00", "-7": []any{int64(1), []any{}},
		"object": &phpvalue.GoObject{Class: `App\Order`, Properties: map[string]any{"id": int64(5), "state": "own", "total": 1.0}},
	}
	if diff := cmp.Diff(want, v.Go()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (phpvalue.Value{}).Go(); got != nil {
		t.Errorf("what does not exist is %v", got)
	}
}

func parsed(t *testing.T, notation string) phpvalue.Value {
	t.Helper()
	p, err := phpserialize.NewParser(phpserialize.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tree := phpvalue.Tree{Text: []byte(serialized.Of(notation))}
	if err := p.Parse(&tree); err != nil {
		t.Fatal(err)
	}
	return tree.Root()
}

func TestGoOfEnumsAndOpaqueObjects(t *testing.T) {
	got := parsed(t, `a:{i:0;E:"Suit:Hearts";i:1;C:"Old":{a "b"}}`).Go()
	want := []any{phpvalue.GoEnum{Class: "Suit", Case: "Hearts"}, phpvalue.GoOpaque{Class: "Old", Data: `a "b"`}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestGoKeepsWhatIsShared has an object twice, one within itself, and arrays that are within themselves by reference.
func TestGoKeepsWhatIsShared(t *testing.T) {
	list := parsed(t, `a:{i:0;O:"A":{s:"self";r:2;}i:1;r:2;i:2;a:{i:0;R:5;}}`).Go().([]any)
	object := list[0].(*phpvalue.GoObject)
	if list[1] != any(object) || object.Properties["self"] != any(object) {
		t.Error("the object is not the same one everywhere")
	}
	inner := list[2].([]any)
	if len(inner) != 1 || &inner[0] != &inner[0].([]any)[0] {
		t.Errorf("the array is not within itself: %v", inner[0])
	}
	within := parsed(t, `a:{s:"m";a:{s:"m";R:2;}}`).Go().(map[string]any)["m"].(map[string]any)
	within["mark"] = true
	if within["m"].(map[string]any)["mark"] != true {
		t.Error("the map is not within itself")
	}
}

// TestGoOfManyReferences takes twenty levels of ten references each, which would be 10^20 values.
func TestGoOfManyReferences(t *testing.T) {
	v := built(t, func(b *phpserialize.Builder) {
		leaf := parsed(t, `O:"L":{}`)
		b.OpenArray()
		for i := range 10 {
			b.Index(int64(i))
			b.Copy(leaf)
		}
		b.Close()
	})
	for range 20 {
		inner := v
		v = built(t, func(b *phpserialize.Builder) {
			b.OpenArray()
			for i := range 10 {
				b.Index(int64(i))
				b.Copy(inner)
			}
			b.Close()
		})
	}
	if got := v.Go().([]any); len(got) != 10 {
		t.Errorf("%d elements", len(got))
	}
}
