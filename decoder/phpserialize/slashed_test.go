package phpserialize_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"envelog/decoder/jsonstring"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/internal/serialized"
	"envelog/phpvalue"
)

// tail is what follows a body in Symfony's frame.
const tail = `","headers":[]}`

// store does what Symfony does to a serialized value: addslashes(), json_encode(); except for the quotes around it.
func store(wire string) string {
	slashed := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`, "\x00", `\0`).Replace(wire)
	var b strings.Builder
	for _, r := range slashed {
		switch {
		case r == '"' || r == '\\' || r == '/':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r >= 0x80 && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r >= 0x10000:
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unslash undoes the two layers one after the other; ok is false when src is not the inside of a JSON string.
func unslash(src []byte) (wire []byte, ok bool) {
	decoded, next := jsonstring.Append(nil, append(bytes.Clone(src), '"'), 0)
	return stripSlashes(decoded), next == len(src)+1
}

// stripSlashes is PHP's stripslashes(), byte by byte.
func stripSlashes(slashed []byte) (b []byte) {
	for i := 0; i < len(slashed); i++ {
		switch {
		case slashed[i] != '\\':
			b = append(b, slashed[i])
		case i+1 == len(slashed):
		case slashed[i+1] == '0':
			b = append(b, 0)
			i++
		default:
			b = append(b, slashed[i+1])
			i++
		}
	}
	return b
}

func TestParseSlashed(t *testing.T) {
	const every = "\\\"'\x00/\n\té€😀 and what comes behind it\x1f"
	more := []struct{ name, wire string }{
		{"escapes of every kind", serialized.Of("a:{s:\"k/\"\";s:\"" + every + "\";}")},
		{"long plain string", serialized.Of(`s:"` + strings.Repeat("abcdefghij", 10) + `";`)},
		{"escapes far from each other", serialized.Of(`s:"` + strings.Repeat("x", 100) + `""` + strings.Repeat("y", 100) + `\/";`)},
		{"escapes at both ends", serialized.Of(`s:""abcdefghij"";`)},
	}
	tests := append(values[:len(values):len(values)], lenient...)
	for _, c := range more {
		tests = append(tests, struct{ name, wire, want string }{c.name, c.wire, render(parse(t, c.wire).Root())})
	}
	p := newParser(t, phpserialize.Limits{})
	tree := &phpvalue.Tree{}
	for _, c := range tests {
		givesUp := strings.Contains(c.wire, `C:`) || strings.Contains(c.wire, `S:`)
		if c.want == "" || !utf8.ValidString(c.wire) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			stored := store(c.wire)
			n, ok := p.ParseSlashed(tree, []byte(stored+tail))
			if ok == givesUp {
				t.Fatalf("ParseSlashed(%s) = %v, want %v", stored, ok, !givesUp)
			}
			if ok && (n != len(stored) || render(tree.Root()) != c.want) {
				t.Errorf("ParseSlashed(%s) takes %d of %d bytes:\n got %s\nwant %s", stored, n, len(stored), render(tree.Root()), c.want)
			}
		})
	}
}

func TestParseSlashedGivesUp(t *testing.T) {
	tests := []struct{ name, stored string }{
		{"nothing", ``},
		{"no slashes", `s:1:\"a\";`},
		{"no quotes", `s:1:aaaaaaaaaaaaaaaa`},
		{"escaped structure", `\u0073:1:\\\"a\\\";`},
		{"string longer than declared", `s:1:\\\"ab\\\";`},
		{"string shorter than declared", `s:3:\\\"ab\\\";`},
		{"string with escapes longer than declared", `s:1:\\\"a\\\\b\\\";`},
		{"string with escapes shorter than declared", `s:3:\\\"\\\\b\\\";`},
		{"end of the JSON string within", `s:9:\\\"ab"cdefgh\\\";`},
		{"end of the JSON string behind an escape", `s:9:\\\"\\\\b"cdefgh\\\";`},
		{"end of the JSON string behind a backslash", `s:9:\\\"ab\\"cdefgh\\\";`},
		{"length beyond the end", `s:1000:\\\"\\\\`},
		{"invalid UTF-8", "s:12:\\\\\\\"abcdef\xffhijkl\\\\\\\";"},
		{"control character", "s:12:\\\\\\\"abcdef\nhijkl\\\\\\\";"},
		{"lone surrogate", `s:3:\\\"\ud800\\\";`},
		{"half a character", `s:1:\\\"\u00e9\\\";`},
		{"no semicolon", `s:1:\\\"a\\\"`},
		{"limit", `s:2000:\\\"` + strings.Repeat("a", 2000) + `\\\";`},
		{"depth", strings.Repeat("a:1:{i:0;", 20) + "N;" + strings.Repeat("}", 20)},
	}
	p := newParser(t, phpserialize.Limits{MaxBytes: 1024, MaxDepth: 16})
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			for _, after := range []string{"", tail} {
				if n, ok := p.ParseSlashed(&phpvalue.Tree{}, []byte(c.stored+after)); ok {
					t.Errorf("ParseSlashed(%q) takes %d bytes", c.stored+after, n)
				}
			}
		})
	}
}

// checkSlashed checks for any bytes that the fast way reads what the slow way reads.
func checkSlashed(t *testing.T, p *phpserialize.Parser, src []byte) {
	t.Helper()
	tree := &phpvalue.Tree{}
	n, ok := p.ParseSlashed(tree, src)
	if !ok {
		return
	}
	wire, ok := unslash(src[:n])
	if !ok {
		t.Fatalf("ParseSlashed takes %d bytes of %q, which end within a character", n, src)
	}
	want := &phpvalue.Tree{Text: wire}
	if err := newParser(t, phpserialize.Limits{}).Parse(want); err != nil {
		t.Fatalf("ParseSlashed(%q) = %s; Parse(%q) = %v", src, render(tree.Root()), wire, err)
	}
	if a, b := render(tree.Root()), render(want.Root()); a != b {
		t.Fatalf("ParseSlashed(%q) = %s; Parse(%q) = %s", src, a, wire, b)
	}
	checkPlain(t, tree)
}

// checkPlain checks that what is said of strings is so.
func checkPlain(t *testing.T, tree *phpvalue.Tree) {
	t.Helper()
	isPlain := func(s []byte) bool {
		return bytes.IndexFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f || r == '"' || r == '\\' }) < 0
	}
	isClean := func(s []byte) bool {
		return bytes.IndexFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xad || r > 0xff }) < 0
	}
	for i := range tree.Nodes {
		v := tree.At(i)
		if v.HasPlainText() && (v.Kind() != phpvalue.String || !isPlain(v.Text())) {
			t.Fatalf("%q is said to be plain", v.Text())
		}
		if v.HasCleanText() && (v.Kind() != phpvalue.String || !isClean(v.Text())) {
			t.Fatalf("%q is said to be clean", v.Text())
		}
		if v.HasPlainKey() && (v.KeyKind() != phpvalue.TextKey || !isPlain(v.TextKey())) {
			t.Fatalf("the key %q is said to be plain", v.TextKey())
		}
		if v.Node().Plain&phpvalue.BareKey != 0 && (!v.HasPlainKey() || len(v.TextKey()) == 0 || bytes.ContainsAny(v.TextKey(), " =")) {
			t.Fatalf("the key %q is said to be bare", v.TextKey())
		}
	}
}

// Most strings are plain, or clean, and are known to be.
func TestPlainStringsAreKnown(t *testing.T) {
	long := strings.Repeat("a long text ", 20)
	tests := []struct {
		value        string
		plain, clean bool
	}{
		{"a", true, false},
		{"plain too", true, false},
		{long, true, false},
		{"/srv/app/" + long, true, true},
		{`quote "`, false, true},
		{`App\Entity\` + long, false, true},
		{"tronquée à 80 caractères, n° 1", false, true},
		{"del\x7f", false, false},
		{"next line\u0085", false, false},
		{"soft\u00adhyphen", false, false},
		{"5 €", false, false},
		{"nul\x00", false, false},
		{"line\nfeed", false, false},
		{"line\nfeed and \"", false, false},
		{"it's plain", true, true},
		{`it's "clean"`, false, true},
	}
	for _, c := range tests {
		var tree phpvalue.Tree
		stored := store(serialized.Of("a:{s:\"k\";s:\""+c.value+"\";}")) + tail
		if _, ok := newParser(t, phpserialize.Limits{}).ParseSlashed(&tree, []byte(stored)); !ok {
			t.Fatalf("%q is not read", c.value)
		}
		checkPlain(t, &tree)
		if v := tree.Root().Element("k"); v.HasPlainText() != c.plain || v.HasCleanText() != c.clean || !v.HasPlainKey() {
			t.Errorf("%q: plain %v, clean %v, key %v", c.value, v.HasPlainText(), v.HasCleanText(), v.HasPlainKey())
		}
		if tree.Root().Element("k").Node().Plain&phpvalue.BareKey == 0 {
			t.Error("the key is not known to be bare")
		}
	}
}

func TestParseSlashedDamaged(t *testing.T) {
	p := newParser(t, phpserialize.Limits{})
	for _, c := range values {
		if !utf8.ValidString(c.wire) {
			continue
		}
		stored := []byte(store(c.wire) + tail)
		for n := range stored {
			checkSlashed(t, p, stored[:n])
			for bit := range 8 {
				damaged := bytes.Clone(stored)
				damaged[n] ^= 1 << bit
				checkSlashed(t, p, damaged)
			}
		}
	}
}

func FuzzParseSlashed(f *testing.F) {
	for _, c := range values {
		f.Add([]byte(store(c.wire) + tail))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p := newParser(t, phpserialize.Limits{})
		for range 3 { // the first time it does not know the keys, and the second time not which follows the last one
			checkSlashed(t, p, src)
		}
	})
}

// A key that is expected is taken for no other: not for one that differs in its length, and not for one with a byte that a string
// cannot have without an escape.
func TestKeysAreToldApart(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
	p := newParser(t, phpserialize.Limits{})
	for n := 1; n <= 40; n++ {
		row := func(key string) string { return store(serialized.Of(`s:"`+key+`";`) + "i:1;") }
		known := `a:3:{` + row("A") + row(letters[:n])
		for _, key := range []string{letters[:n+1], letters[1:n], letters[1 : n+1], letters[:n]} {
			checkSlashed(t, p, []byte(known+row(letters[:n])+`}`+tail))
			checkSlashed(t, p, []byte(known+row(key)+`}`+tail))
		}
		stored := []byte(`a:4:{` + row("A") + row(letters[:n]) + row("A") + row(letters[:n]) + `}` + tail)
		for at := len(stored) - len(tail+`}`) - len(row(letters[:n])); at < len(stored); at++ {
			for _, c := range []byte{'"', '\\', 0x1f, 0x7f, 0xff, '0', ';'} {
				checkSlashed(t, p, stored)
				damaged := bytes.Clone(stored)
				damaged[at] = c
				checkSlashed(t, p, damaged)
			}
		}
	}
}

// More keys than are kept are all read, in whatever order they come.
func TestManyKeys(t *testing.T) {
	p := newParser(t, phpserialize.Limits{})
	for step := 1; step < 2000; step += 97 {
		var rows strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&rows, `s:"key%d";i:%d;`, i*step%1009, i)
		}
		checkSlashed(t, p, []byte(store(serialized.Of("a:{"+rows.String()+"}"))+tail))
	}
}

// Values with a common head are read like any others, whatever follows it; and so are values that only look like it.
func TestKeepHead(t *testing.T) {
	const front = "O:3:\"A\\E\":2:{s:8:\"\x00A\\E\x00st/\";a:1:{s:3:\"B\\C\";a:2:{i:0;O:3:\"B\\C\":2:{s:1:\"d\";d:1.50;s:1:\"e\";i:5;}i:1;R:5;}}s:7:\"\x00A\\E\x00me\";O:1:\"M\":2:{s:5:\"first\";"
	const first = 8 // envelope, a:1, a:2, B\C, d, e, R, M
	rests := []string{
		`i:1;s:1:"x";N;}}`,
		`a:3:{i:0;r:4;i:1;R:6;i:2;r:7;}s:1:"x";r:1;}}`,
		`a:2:{i:0;i:1;i:2;i:1;}s:1:"é";O:1:"Q":1:{s:1:"/";s:4:"\"";}}}`,
		`s:1:"x";s:3:"abc";a:0:{}}}`,
		`a:1:{i:0;a:1:{i:0;r:9;}}s:1:"x";R:9;}}`,
		`broken`,
		``,
	}
	p := newParser(t, phpserialize.Limits{})
	for range 3 {
		for _, rest := range rests {
			stored := []byte(store(front+rest) + tail)
			got, want := &phpvalue.Tree{}, &phpvalue.Tree{}
			_, gotOK := p.ParseSlashed(got, stored)
			_, wantOK := newParser(t, phpserialize.Limits{}).ParseSlashed(want, stored)
			if gotOK != wantOK || gotOK && render(got.Root()) != render(want.Root()) {
				t.Fatalf("%s: head: %v %s; no head: %v %s", rest, gotOK, render(got.Root()), wantOK, render(want.Root()))
			}
			if gotOK {
				p.KeepHead(stored, first)
			}
		}
	}
	if p.ParseSlashed(&phpvalue.Tree{}, []byte(store(front+rests[0])+tail)); !p.Resumed() {
		t.Error("the head was not kept")
	}
	other := []byte(store(strings.Replace(front, "first", "other", 1)+rests[0]) + tail)
	for range 20 {
		tree := &phpvalue.Tree{}
		if _, ok := p.ParseSlashed(tree, other); !ok || !strings.Contains(render(tree.Root()), "other") {
			t.Fatalf("ParseSlashed = %s", render(tree.Root()))
		}
		p.KeepHead(other, first)
	}
	if !p.Resumed() {
		t.Error("the head of twenty values was not learnt")
	}
}

func TestKeepHeadWithinAnArray(t *testing.T) {
	stored := []byte(store(`a:3:{i:0;i:1;i:1;i:2;i:2;i:3;}`) + tail)
	p := newParser(t, phpserialize.Limits{})
	for range 3 {
		tree := &phpvalue.Tree{}
		if _, ok := p.ParseSlashed(tree, stored); !ok || !tree.Root().IsList() {
			t.Fatalf("ParseSlashed = %v, %s", ok, render(tree.Root()))
		}
		p.KeepHead(stored, 2)
	}
	if p.Resumed() {
		t.Error("the front of an array was kept")
	}
}

func TestParseSlashedAllocatesNothing(t *testing.T) {
	cases, err := fixtures.Typical("forky")
	if err != nil {
		t.Fatal(err)
	}
	p := newParser(t, phpserialize.Limits{})
	tree := &phpvalue.Tree{}
	for _, c := range cases {
		stored := c.Field[bytes.Index(c.Field, []byte(`"O:`))+1:]
		checkSlashed(t, p, stored)
		if n := testing.AllocsPerRun(20, func() { p.ParseSlashed(tree, stored) }); n != 0 {
			t.Errorf("%s: %v allocations", c.Name, n)
		}
	}
}
