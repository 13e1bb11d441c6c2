package phpvalue_test

import (
	"math"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
)

func TestZeroValue(t *testing.T) {
	for name, v := range map[string]phpvalue.Value{"zero": {}, "empty tree": new(phpvalue.Tree).Root(), "missing element": built(t, func(b *phpserialize.Builder) { b.Null() }).Element("a")} {
		children := v.Children()
		if v.Exists() || v.Kind() != phpvalue.Invalid || v.Len() != 0 || v.IsList() || v.Tree() != nil || children.Next() || v.Resolve().Exists() ||
			v.Element("a").Exists() || v.Property("a").Exists() {
			t.Errorf("%s: it is something: %v", name, v.Kind())
		}
	}
}

func TestScalars(t *testing.T) {
	bytes := "a\x00\xff"
	for _, test := range []struct {
		build func(b *phpserialize.Builder)
		kind  phpvalue.Kind
		check func(v phpvalue.Value) bool
	}{
		{build: func(b *phpserialize.Builder) { b.Null() }, kind: phpvalue.Null, check: func(phpvalue.Value) bool { return true }},
		{build: func(b *phpserialize.Builder) { b.Bool(true) }, kind: phpvalue.Bool, check: func(v phpvalue.Value) bool { return v.Bool() }},
		{build: func(b *phpserialize.Builder) { b.Bool(false) }, kind: phpvalue.Bool, check: func(v phpvalue.Value) bool { return !v.Bool() }},
		{build: func(b *phpserialize.Builder) { b.Int(math.MinInt64) }, kind: phpvalue.Int, check: func(v phpvalue.Value) bool { return v.Int() == math.MinInt64 }},
		{build: func(b *phpserialize.Builder) { b.Float(math.Inf(-1)) }, kind: phpvalue.Float, check: func(v phpvalue.Value) bool { return math.IsInf(v.Float(), -1) && string(v.Text()) == "-INF" }},
		{build: func(b *phpserialize.Builder) { b.Float(0.1) }, kind: phpvalue.Float, check: func(v phpvalue.Value) bool { return v.Float() == 0.1 && string(v.Text()) == "0.1" }},
		{build: func(b *phpserialize.Builder) { b.String([]byte(bytes)) }, kind: phpvalue.String, check: func(v phpvalue.Value) bool { return string(v.Text()) == bytes }},
	} {
		v := built(t, test.build)
		if v.Kind() != test.kind || !test.check(v) || v.KeyKind() != phpvalue.NoKey || v.Len() != 0 || v.Resolve() != v {
			t.Errorf("kind %d is %v", test.kind, v.Node())
		}
	}
}

// TestWalk goes over the children of an array that holds others, jumping over what is within them.
func TestWalk(t *testing.T) {
	v := parsed(t, `a:{i:5;a:{i:0;i:1;i:1;a:{i:0;i:2;}}s:"k";O:"A":{s:"p";N;}i:-1;s:"x";s:"k2";R:2;}`)
	var keys []any
	var kinds []phpvalue.Kind
	for it := v.Children(); it.Next(); {
		c := it.Value()
		if c.KeyKind() == phpvalue.IntKey {
			keys = append(keys, c.IntKey())
		} else {
			keys = append(keys, string(c.TextKey()))
		}
		kinds = append(kinds, c.Kind())
	}
	wantKeys, wantKinds := []any{int64(5), "k", int64(-1), "k2"}, []phpvalue.Kind{phpvalue.Array, phpvalue.Object, phpvalue.String, phpvalue.Reference}
	for i := range wantKeys {
		if len(keys) != len(wantKeys) || keys[i] != wantKeys[i] || kinds[i] != wantKinds[i] {
			t.Fatalf("keys %v, kinds %v; want %v, %v", keys, kinds, wantKeys, wantKinds)
		}
	}
	first := v.Tree().At(1)
	if !first.IsList() || v.IsList() || v.Len() != 4 || v.Element("k2").Resolve() != first {
		t.Errorf("the reference leads to %v", v.Element("k2").Resolve().Node())
	}
}

// TestElementAndProperty have names twice: the last counts.
func TestElementAndProperty(t *testing.T) {
	v := built(t, func(b *phpserialize.Builder) {
		b.OpenObject("Child")
		for i, name := range []string{"a", "a", "\x00Parent\x00b", "\x00Child\x00b", "\x00*\x00c"} {
			b.Name(name)
			b.Int(int64(i))
		}
		b.Close()
	})
	for name, want := range map[string]int64{"a": 1, "b": 3, "c": 4} {
		if got := v.Property(name); got.Kind() != phpvalue.Int || got.Int() != want {
			t.Errorf("property %s is %v, want %d", name, got.Kind(), want)
		}
	}
	if v.Element("a").Int() != 1 || v.Element("\x00Parent\x00b").Int() != 2 || v.Element("b").Exists() || v.Property("d").Exists() {
		t.Error("elements are not found by their whole names")
	}
}

func TestSplitProperty(t *testing.T) {
	for mangled, want := range map[string][2]string{
		"public": {"public", ""}, "": {"", ""}, "\x00*\x00protected": {"protected", "*"}, "\x00App\\A\x00private": {"private", `App\A`},
		"\x00A\x00": {"", "A"}, "\x00": {"\x00", ""}, "\x00\x00x": {"\x00\x00x", ""}, "\x00no end": {"\x00no end", ""},
		"\x00A\x00with\x00NUL": {"with\x00NUL", "A"},
	} {
		if name, scope := phpvalue.SplitProperty([]byte(mangled)); string(name) != want[0] || string(scope) != want[1] {
			t.Errorf("%q: got %q of %q, want %q", mangled, name, scope, want)
		}
	}
}

// TestResolveOfLoops has references that lead to each other alone, as no parser makes them.
func TestResolveOfLoops(t *testing.T) {
	tree := phpvalue.Tree{Nodes: []phpvalue.Node{{Kind: phpvalue.Reference, Num: 1, End: 1}, {Kind: phpvalue.SameObject, Num: 0, End: 2}}}
	if v := tree.Root().Resolve(); v.Exists() {
		t.Errorf("it leads to %v", v.Kind())
	}
}

func TestResetKeepsMemory(t *testing.T) {
	tree := phpvalue.Tree{Text: make([]byte, 100), Nodes: make([]phpvalue.Node, 10)}
	tree.Reset()
	if tree.Root().Exists() || cap(tree.Text) < 100 || cap(tree.Nodes) < 10 {
		t.Error("it is not empty, or its memory is gone")
	}
	span := tree.AddText([]byte("abc"))
	if again := tree.AddText([]byte("de")); span.Offset() != 0 || span.Len() != 3 || again.Offset() != 3 || again.Len() != 2 {
		t.Errorf("spans %d+%d and %d+%d", span.Offset(), span.Len(), again.Offset(), again.Len())
	}
}
