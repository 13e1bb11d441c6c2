package phpserialize_test

import (
	"errors"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/internal/serialized"
	"envelog/phpvalue"
)

func TestBuilder(t *testing.T) {
	source := func(wire string) phpvalue.Value { return parse(t, serialized.Of(wire)).Root() }
	element := func(v phpvalue.Value, n int) phpvalue.Value {
		it := v.Children()
		for range n + 1 {
			it.Next()
		}
		return it.Value()
	}
	shared := source(`a:{i:0;O:"A":{s:"n";i:1;}i:1;a:{i:0;i:7;}i:2;a:{i:0;r:2;i:1;r:2;i:2;R:4;i:3;R:5;}}`)
	loop := source(`O:"A":{s:"b";O:"B":{s:"a";r:1;s:"b";r:2;}}`)
	custom := source(`a:{i:0;i:1;i:1;C:"S":22:{a:1:{i:0;O:1:"A":0:{}}}i:2;r:5;}`)
	mixed := "O:\"A\":{s:\"\x00A\x00p\";d:1.50;s:\"x\";E:\"E:C\";s:\"l\";a:{i:0;b:1;s:\"k\";N;}}"
	tests := []struct {
		name  string
		build func(b *phpserialize.Builder)
		want  string
	}{
		{"new values", func(b *phpserialize.Builder) {
			b.OpenArray()
			b.Index(0)
			b.Null()
			b.Index(1)
			b.Bool(true)
			b.Name("k")
			b.Bool(false)
			b.Index(-2)
			b.Float(1e25)
			b.Name("o")
			b.OpenObject("A")
			b.Property("A", "private")
			b.Int(-5)
			b.Property("*", "protected")
			b.String([]byte("x\x00\"y"))
			b.Name("public")
			b.OpenArray()
			b.Close()
			b.Close()
			b.Close()
		}, "a:{i:0;N;i:1;b:1;s:\"k\";b:0;i:-2;d:1.0E+25;s:\"o\";O:\"A\":{s:\"\x00A\x00private\";i:-5;" +
			"s:\"\x00*\x00protected\";s:\"x\x00\"y\";s:\"public\";a:{}}}"},
		{"whole copy", func(b *phpserialize.Builder) { b.Copy(source(mixed)) }, mixed},
		{"copy moves slots", func(b *phpserialize.Builder) {
			b.OpenArray()
			b.Index(0)
			b.OpenObject("New")
			b.Close()
			b.Index(1)
			b.Copy(shared)
			b.Close()
		}, `a:{i:0;O:"New":{}i:1;a:{i:0;O:"A":{s:"n";i:1;}i:1;a:{i:0;i:7;}i:2;a:{i:0;r:4;i:1;r:4;i:2;R:6;i:3;R:7;}}}`},
		{"next use takes the place of the first", func(b *phpserialize.Builder) {
			b.Copy(element(shared, 2))
		}, `a:{i:0;O:"A":{s:"n";i:1;}i:1;r:2;i:2;a:{i:0;i:7;}i:3;R:6;}`},
		{"first use comes behind the next one", func(b *phpserialize.Builder) {
			b.OpenArray()
			b.Index(0)
			b.Copy(element(shared, 2))
			b.Index(1)
			b.Copy(element(shared, 0))
			b.Index(2)
			b.Copy(element(shared, 1))
			b.Close()
		}, `a:{i:0;a:{i:0;O:"A":{s:"n";i:1;}i:1;r:3;i:2;a:{i:0;i:7;}i:3;R:7;}i:1;r:3;i:2;R:6;}`},
		{"object that holds its holder", func(b *phpserialize.Builder) { b.Copy(element(loop, 0)) },
			`O:"B":{s:"a";O:"A":{s:"b";r:1;}s:"b";r:1;}`},
		{"two copies of one object", func(b *phpserialize.Builder) {
			b.OpenArray()
			for i := range 2 {
				b.Index(int64(i))
				b.Copy(loop)
			}
			b.Close()
		}, `a:{i:0;O:"A":{s:"b";O:"B":{s:"a";r:2;s:"b";r:3;}}i:1;r:2;}`},
		{"container that stands for another", func(b *phpserialize.Builder) {
			b.OpenLike(loop)
			b.Name("new")
			b.Null()
			b.Name("b")
			b.Copy(element(loop, 0))
			b.Close()
		}, `O:"A":{s:"new";N;s:"b";O:"B":{s:"a";r:1;s:"b";r:3;}}`},
		{"payload with slots", func(b *phpserialize.Builder) {
			b.OpenArray()
			b.Index(0)
			b.Copy(custom)
			b.Close()
		}, `a:{i:0;a:{i:0;i:1;i:1;C:"S":22:{a:1:{i:0;O:1:"A":0:{}}}i:2;r:6;}}`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var tree phpvalue.Tree
			b := phpserialize.NewBuilder(&tree)
			c.build(b)
			if err := b.Finish(); err != nil {
				t.Fatal(err)
			}
			var e phpserialize.Encoder
			got, err := e.Append(nil, &tree)
			if err != nil || string(got) != serialized.Of(c.want) {
				t.Fatalf("\n got %q, %v\nwant %q", got, err, c.want)
			}
			if a, b := render(tree.Root()), render(parse(t, serialized.Of(c.want)).Root()); a != b {
				t.Errorf("\nbuilt  %s\nparsed %s", a, b)
			}
		})
	}
}

func TestBuilderRefuses(t *testing.T) {
	custom := parse(t, serialized.Of(`a:{i:0;C:"S":22:{a:1:{i:0;O:1:"A":0:{}}}i:1;a:{i:0;r:4;}}`))
	tests := []struct {
		name  string
		build func(b *phpserialize.Builder)
	}{
		{"element without key", func(b *phpserialize.Builder) { b.OpenArray(); b.Int(1); b.Close() }},
		{"key without container", func(b *phpserialize.Builder) { b.Index(1); b.Int(1) }},
		{"container left open", func(b *phpserialize.Builder) { b.OpenArray() }},
		{"nothing to close", func(b *phpserialize.Builder) { b.Close() }},
		{"container that stands for a scalar", func(b *phpserialize.Builder) { b.OpenLike(custom.Root().Tree().At(2)) }},
		{"container that stands for one that is there", func(b *phpserialize.Builder) {
			b.OpenLike(custom.Root())
			b.Index(0)
			b.OpenLike(custom.Root())
			b.Close()
			b.Close()
		}},
		{"part of a payload that is left behind", func(b *phpserialize.Builder) { b.Copy(custom.Root().Tree().At(3)) }},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			b := phpserialize.NewBuilder(&phpvalue.Tree{})
			c.build(b)
			if b.Finish() == nil {
				t.Error("Finish = nil")
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	payload := parse(t, serialized.Of(`a:{i:0;O:"A":{}i:1;C:"S":{r:2;}}`))
	var moved phpvalue.Tree
	b := phpserialize.NewBuilder(&moved)
	b.OpenArray()
	b.Index(0)
	b.Copy(payload.Root())
	b.Close()
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		tree *phpvalue.Tree
		want error
	}{
		{"back reference in a payload that moved", &moved, phpserialize.ErrReference},
		{"forward reference", &phpvalue.Tree{Nodes: []phpvalue.Node{{Kind: phpvalue.SameObject, Num: 5, End: 1}}}, phpserialize.ErrReference},
		{"no kind", &phpvalue.Tree{Nodes: []phpvalue.Node{{End: 1}}}, phpserialize.ErrCorrupt},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var e phpserialize.Encoder
			if _, err := e.Append(nil, c.tree); !errors.Is(err, c.want) {
				t.Errorf("Append = %v, want %v", err, c.want)
			}
		})
	}
}
