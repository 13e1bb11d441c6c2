package phpserialize_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/internal/serialized"
	"envelog/phpvalue"
)

// values is what PHP 8.2 and 8.4 print for all kinds of values; the round-trip test, the fuzz seeds and the integration
// test read it too.
var values = []struct{ name, wire, want string }{
	{"null", `N;`, `null`},
	{"true", `b:1;`, `true`},
	{"false", `b:0;`, `false`},
	{"int", `i:-5;`, `-5`},
	{"greatest int", `i:9223372036854775807;`, `9223372036854775807`},
	{"least int", `i:-9223372036854775808;`, `-9223372036854775808`},
	{"float", `d:0.1;`, `0.1(0.1)`},
	{"whole float", `d:1;`, `1(1)`},
	{"negative zero", `d:-0;`, `-0(-0)`},
	{"float of 17 digits", `d:10000000000000000;`, `1e+16(10000000000000000)`},
	{"float with exponent", `d:1.0E+25;`, `1e+25(1.0E+25)`},
	{"small float", `d:1.5E-5;`, `1.5e-05(1.5E-5)`},
	{"least float", `d:5.0E-324;`, `5e-324(5.0E-324)`},
	{"infinity", `d:INF;`, `+Inf(INF)`},
	{"negative infinity", `d:-INF;`, `-Inf(-INF)`},
	{"not a number", `d:NAN;`, `NaN(NAN)`},
	{"string", serialized.Of("s:\"a\"b\\\x00\xc3\xa9\";"), `"a\"b\\\x00é"`},
	{"string that looks like an end", serialized.Of(`s:3:"";}";`), `"\";}"`},
	{"empty string", serialized.Of(`s:"";`), `""`},
	{"empty array", `a:0:{}`, `list[]`},
	{"list", serialized.Of(`a:{i:0;s:"a";i:1;N;}`), `list[0: "a", 1: null]`},
	{"list from one", `a:1:{i:1;N;}`, `map[1: null]`},
	{"list out of order", `a:2:{i:1;N;i:0;N;}`, `map[1: null, 0: null]`},
	{"map", serialized.Of(`a:{s:"a";N;i:5;i:5;s:"05";i:6;}`), `map["a": null, 5: 5, "05": 6]`},
	{"negative key", `a:1:{i:-3;i:7;}`, `map[-3: 7]`},
	{"list with a late text key", serialized.Of(`a:{i:0;N;s:"a";N;}`), `map[0: null, "a": null]`},
	{"nested", `a:2:{i:0;a:0:{}i:1;a:1:{i:0;a:0:{}}}`, `list[0: list[], 1: list[0: list[]]]`},
	{"visibilities", serialized.Of("O:\"A\\B\":{s:\"p\";i:1;s:\"\x00*\x00q\";i:2;s:\"\x00A\\B\x00r\";a:{i:0;i:1;}}"),
		`A\B{"p": 1, "\x00*\x00q": 2, "\x00A\\B\x00r": list[0: 1]}`},
	{"numeric property", serialized.Of(`O:"stdClass":{s:"a";i:1;s:"5";i:2;}`), `stdClass{"a": 1, "5": 2}`},
	{"empty object", serialized.Of(`O:"stdClass":{}`), `stdClass{}`},
	{"class with other letters", serialized.Of("O:\"\xc3\xa9_\":{}"), "\xc3\xa9_{}"},
	{"__serialize with int keys", serialized.Of(`O:"Magic":{s:"x";i:5;i:0;s:"zero";}`), `Magic{"x": 5, 0: "zero"}`},
	{"Serializable", serialized.Of(`C:"SerOld":{raw{"}data}`), `SerOld<"raw{\"}data">`},
	{"empty Serializable", serialized.Of(`C:"S":{}`), `S<"">`},
	{"enum", serialized.Of(`E:"Suit:Hearts";`), `enum Suit:Hearts`},
	{"same object", serialized.Of(`a:{i:0;O:"stdClass":{}i:1;r:2;i:2;i:5;i:3;r:2;}`), `list[0: stdClass{}, 1: *1, 2: 5, 3: *1]`},
	{"reference to a scalar", `a:3:{i:0;i:1;i:1;R:2;i:2;i:3;}`, `list[0: 1, 1: &1, 2: 3]`},
	{"references are not counted", serialized.Of(`a:{i:0;i:1;i:1;i:2;i:2;R:2;i:3;O:"stdClass":{}i:4;r:4;i:5;R:3;i:6;r:4;}`),
		`list[0: 1, 1: 2, 2: &1, 3: stdClass{}, 4: *4, 5: &2, 6: *4]`},
	{"object in itself", serialized.Of(`O:"stdClass":{s:"self";r:1;s:"x";a:{i:0;i:1;i:1;r:1;}}`),
		`stdClass{"self": *0, "x": list[0: 1, 1: *0]}`},
	{"reference to an object", serialized.Of(`a:{i:0;O:"stdClass":{}i:1;R:2;}`), `list[0: stdClass{}, 1: &1]`},
	{"reference to an array", `a:2:{i:0;a:1:{i:0;i:1;}i:1;R:2;}`, `list[0: list[0: 1], 1: &1]`},
	{"reference below", serialized.Of(`a:{i:0;s:"s";i:1;a:{i:0;R:2;}}`), `list[0: "s", 1: list[0: &1]]`},
	{"slots behind a date", serialized.Of(`a:{i:0;O:"DateTime":{s:"date";s:"x";}i:1;O:"stdClass":{}i:2;r:4;i:3;r:2;}`),
		`list[0: DateTime{"date": "x"}, 1: stdClass{}, 2: *3, 3: *1]`},
	{"slots behind Serializable", serialized.Of(`a:{i:0;C:"SerOld":{raw}i:1;O:"stdClass":{}i:2;r:3;}`),
		`list[0: SerOld<"raw">, 1: stdClass{}, 2: *3]`},
	{"slots behind Serializable that serializes",
		serialized.Of(`a:{i:0;O:"stdClass":{}i:1;C:"S":{` + serialized.Of(`a:{i:0;r:2;i:1;i:1;i:2;O:"stdClass":{}i:3;r:7;}`) + `}` +
			`i:2;r:7;i:3;r:2;i:4;C:"S":{i:5;}i:5;O:"stdClass":{}i:6;r:13;}`),
		`list[0: stdClass{}, 1: S<"a:4:{i:0;r:2;i:1;i:1;i:2;O:8:\"stdClass\":0:{}i:3;r:7;}">, 2: *3, 3: *1, 4: S<"i:5;">, 5: stdClass{}, 6: *8]`},
	{"slots behind enums", serialized.Of(`a:{i:0;E:"Suit:Hearts";i:1;O:"stdClass":{}i:2;r:3;i:3;r:2;i:4;r:3;}`),
		`list[0: enum Suit:Hearts, 1: stdClass{}, 2: *2, 3: *1, 4: *2]`},
}

// lenient is what PHP reads and never writes.
var lenient = []struct{ name, wire, want string }{
	{"plus", `i:+5;`, `5`},
	{"leading zero", `i:05;`, `5`},
	{"minus zero", `i:-0;`, `0`},
	{"float without leading digit", `d:.5;`, `0.5(.5)`},
	{"float without last digit", `d:1.;`, `1(1.)`},
	{"float with plain exponent", `d:1e3;`, `1000(1e3)`},
	{"float with plus", `d:+1.5;`, `1.5(+1.5)`},
	{"float out of range", `d:1e400;`, `+Inf(1e400)`},
	{"escaped string", `S:3:"\41b\00";`, `"Ab\x00"`},
	{"escaped string without escapes", `S:2:"\"";`, ``},
	{"escaped key", `a:1:{S:1:"\61";i:1;}`, `map["a": 1]`},
	{"escaped property", `O:8:"stdClass":1:{S:4:"\00*\00a";i:1;}`, `stdClass{"\x00*\x00a": 1}`},
	{"decimal text key", serialized.Of(`a:{s:"0";i:1;}`), `list[0: 1]`},
	{"least decimal text key", serialized.Of(`a:{s:"-9223372036854775808";N;}`), `map[-9223372036854775808: null]`},
	{"text keys that are no ints", serialized.Of(`a:{s:"-0";N;s:"00";N;s:"-";N;s:"1.0";N;s:"9223372036854775808";N;s:"";N;}`),
		`map["-0": null, "00": null, "-": null, "1.0": null, "9223372036854775808": null, "": null]`},
	{"duplicate keys", `a:2:{i:0;i:1;i:0;i:2;}`, `map[0: 1, 0: 2]`},
	{"leading zeros of a count", `a:00:{}`, `list[]`},
	{"leading zeros of a slot", `a:2:{i:0;O:1:"A":0:{}i:1;r:02;}`, `list[0: A{}, 1: *1]`},
	{"back reference to a back reference", serialized.Of(`a:{i:0;O:"A":{}i:1;r:2;i:2;r:3;}`), `list[0: A{}, 1: *1, 2: *1]`},
	{"payload that is a back reference", serialized.Of(`a:{i:0;O:"A":{}i:1;C:"S":{r:2;}}`), `list[0: A{}, 1: S<"r:2;">]`},
	{"payload in a payload", serialized.Of(`C:"S":{` + serialized.Of(`C:"S":{N;}`) + `}`), `S<"C:1:\"S\":2:{N;}">`},
}

func parse(t *testing.T, wire string) *phpvalue.Tree {
	t.Helper()
	tree := &phpvalue.Tree{Text: []byte(wire)}
	if err := newParser(t, phpserialize.Limits{}).Parse(tree); err != nil {
		t.Fatalf("Parse(%q): %v", wire, err)
	}
	return tree
}

func newParser(t testing.TB, l phpserialize.Limits) *phpserialize.Parser {
	t.Helper()
	p, err := phpserialize.NewParser(l)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	for _, c := range append(values[:len(values):len(values)], lenient...) {
		if c.want == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if got := render(parse(t, c.wire).Root()); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.wire, got, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, wire string
		offset     int
		path       string
		class      error
	}{
		{"nothing", ``, 0, "", io.ErrUnexpectedEOF},
		{"one byte", `i`, 1, "", io.ErrUnexpectedEOF},
		{"unknown type", `x:1;`, 0, "", phpserialize.ErrCorrupt},
		{"lower-case object", `o:8:"stdClass":0:{}`, 0, "", phpserialize.ErrCorrupt},
		{"no colon", `i;5;`, 0, "", phpserialize.ErrCorrupt},
		{"null without end", `N:`, 1, "", phpserialize.ErrCorrupt},
		{"bool 2", `b:2;`, 2, "", phpserialize.ErrCorrupt},
		{"bool without value", `b:`, 2, "", io.ErrUnexpectedEOF},
		{"bool without end", `b:1`, 3, "", io.ErrUnexpectedEOF},
		{"int without digits", `i:;`, 2, "", phpserialize.ErrCorrupt},
		{"int of a sign", `i:-;`, 3, "", phpserialize.ErrCorrupt},
		{"int with blank", `i: 5;`, 2, "", phpserialize.ErrCorrupt},
		{"int without end", `i:5`, 3, "", io.ErrUnexpectedEOF},
		{"int out of range", `i:9223372036854775808;`, 2, "", phpserialize.ErrCorrupt},
		{"negative int out of range", `i:-9223372036854775809;`, 2, "", phpserialize.ErrCorrupt},
		{"int of many digits", `i:99999999999999999999999;`, 2, "", phpserialize.ErrCorrupt},
		{"lower-case inf", `d:inf;`, 2, "", phpserialize.ErrCorrupt},
		{"hex float", `d:0x1p3;`, 2, "", phpserialize.ErrCorrupt},
		{"float with underscore", `d:1_0;`, 2, "", phpserialize.ErrCorrupt},
		{"float of a point", `d:.;`, 2, "", phpserialize.ErrCorrupt},
		{"float without exponent", `d:1e;`, 2, "", phpserialize.ErrCorrupt},
		{"empty float", `d:;`, 2, "", phpserialize.ErrCorrupt},
		{"float without end", `d:1.5`, 5, "", io.ErrUnexpectedEOF},
		{"string that is cut", `s:5:"ab`, 5, "", io.ErrUnexpectedEOF},
		{"string longer than declared", `s:1:"ab";`, 6, "", phpserialize.ErrCorrupt},
		{"string shorter than declared", `s:2:"a";`, 7, "", phpserialize.ErrCorrupt},
		{"string without semicolon", `s:1:"a"`, 7, "", io.ErrUnexpectedEOF},
		{"string without quote", `s:1:a";`, 4, "", phpserialize.ErrCorrupt},
		{"string without length", `s::"";`, 2, "", phpserialize.ErrCorrupt},
		{"signed length", `s:+1:"a";`, 2, "", phpserialize.ErrCorrupt},
		{"length beyond all integers", `s:99999999999999999999999999:"a";`, 30, "", io.ErrUnexpectedEOF},
		{"half an escape", `S:2:"a\6";`, 6, "", phpserialize.ErrCorrupt},
		{"escape that is cut", `S:1:"\6`, 7, "", io.ErrUnexpectedEOF},
		{"escape without hex", `S:1:"\6G";`, 5, "", phpserialize.ErrCorrupt},
		{"escaped string that is cut", `S:9:"ab";`, 5, "", io.ErrUnexpectedEOF},
		{"escaped string longer than declared", `S:1:"ab";`, 6, "", phpserialize.ErrCorrupt},
		{"negative count", `a:-1:{}`, 2, "", phpserialize.ErrCorrupt},
		{"a thousand million elements", `a:1000000000:{`, 14, "", io.ErrUnexpectedEOF},
		{"a thousand million elements and one", `a:1000000000:{i:0;N;}`, 14, "", io.ErrUnexpectedEOF},
		{"a thousand million properties", `O:1:"A":1000000000:{}`, 20, "", io.ErrUnexpectedEOF},
		{"too few elements", `a:2:{i:0;N;}s:1:"a";N;}`, 11, "", phpserialize.ErrCorrupt},
		{"too many elements", `a:1:{i:0;N;i:1;N;}`, 11, "", phpserialize.ErrCorrupt},
		{"array without end", `a:0:{`, 5, "", io.ErrUnexpectedEOF},
		{"array without brace", `a:0:}`, 4, "", phpserialize.ErrCorrupt},
		{"bool key", `a:1:{b:1;N;}`, 5, "", phpserialize.ErrCorrupt},
		{"null key", `a:1:{N;i:1;i:2;}`, 5, "", phpserialize.ErrCorrupt},
		{"key that is cut", `a:1:{s:9:"abcdefgh`, 10, "", io.ErrUnexpectedEOF},
		{"key without value", `a:1:{s:3:"abc";}`, 16, "abc", io.ErrUnexpectedEOF},
		{"class with quote", `O:9:"NoSuch"ls":0:{}`, 5, "", phpserialize.ErrCorrupt},
		{"class with DEL", "O:1:\"\x7f\":0:{}", 5, "", phpserialize.ErrCorrupt},
		{"class without name", `O:0:"":0:{}`, 5, "", phpserialize.ErrCorrupt},
		{"class that is cut", `O:36:"Symfony`, 6, "", io.ErrUnexpectedEOF},
		{"enum without case", `E:4:"Suit";`, 5, "", phpserialize.ErrCorrupt},
		{"enum with empty case", `E:5:"Suit:";`, 5, "", phpserialize.ErrCorrupt},
		{"enum that is cut", `E:50:"Suit:`, 6, "", io.ErrUnexpectedEOF},
		{"payload that is cut", `C:1:"S":10:{abc}`, 12, "", io.ErrUnexpectedEOF},
		{"payload shorter than declared", `C:1:"S":1:{ab}`, 12, "", phpserialize.ErrCorrupt},
		{"payload without brace", `C:1:"S":1:ab}`, 10, "", phpserialize.ErrCorrupt},
		{"back reference to itself", `r:1;`, 2, "", phpserialize.ErrCorrupt},
		{"reference to itself", `R:1;`, 2, "", phpserialize.ErrCorrupt},
		{"back reference to slot 0", `a:1:{i:0;r:0;}`, 11, "[0]", phpserialize.ErrCorrupt},
		{"back reference beyond", `a:2:{i:0;i:1;i:1;R:9;}`, 19, "[1]", phpserialize.ErrCorrupt},
		{"back reference beyond a reference", `a:3:{i:0;i:1;i:1;R:2;i:2;R:3;}`, 27, "[2]", phpserialize.ErrCorrupt},
		{"back reference to an int", `a:2:{i:0;i:1;i:1;r:2;}`, 19, "[1]", phpserialize.ErrCorrupt},
		{"back reference to an array", `a:1:{i:0;r:1;}`, 11, "[0]", phpserialize.ErrCorrupt},
		{"bytes behind", `a:1:{i:0;i:1;}xy`, 14, "", phpserialize.ErrCorrupt},
		{"two values", `s:1:"a";s:1:"b";`, 8, "", phpserialize.ErrCorrupt},
		{"path", "O:1:\"A\":1:{s:4:\"\x00A\x00p\";a:1:{s:3:\"a b\";a:2:{i:0;N;i:7;i:x;}}}", 54, `p["a b"][7]`, phpserialize.ErrCorrupt},
		{"path of an end", `a:1:{s:1:"k";a:1:{i:0;a:1:{i:0;N;i:1;}}}`, 33, `k[0]`, phpserialize.ErrCorrupt},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			err := newParser(t, phpserialize.Limits{}).Parse(&phpvalue.Tree{Text: []byte(c.wire)})
			var e *phpserialize.Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q) = %v, want *Error", c.wire, err)
			}
			if e.Offset != c.offset || e.Path != c.path || !errors.Is(err, c.class) {
				t.Errorf("Parse(%q):\n got offset %d, path %q: %v\nwant offset %d, path %q: %v",
					c.wire, e.Offset, e.Path, err, c.offset, c.path, c.class)
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("a:1:{i:0;", n) + "N;" + strings.Repeat("}", n) }
	wide := func(n int) string { return fmt.Sprintf("a:%d:{%s}", n, strings.Repeat("i:0;N;", n)) }
	text := func(n int) string { return serialized.Of(`s:"` + strings.Repeat("x", n) + `";`) }
	tests := []struct {
		name   string
		limits phpserialize.Limits
		wire   string
		fails  bool
	}{
		{"depth reached", phpserialize.Limits{MaxDepth: 10}, deep(10), false},
		{"depth exceeded", phpserialize.Limits{MaxDepth: 10}, deep(11), true},
		{"depth of ten thousand", phpserialize.Limits{}, deep(10000), true},
		{"elements reached", phpserialize.Limits{MaxElements: 100}, wide(99), false},
		{"elements exceeded", phpserialize.Limits{MaxElements: 100}, wide(100), true},
		{"elements declared", phpserialize.Limits{MaxElements: 100}, wide(101), true},
		{"bytes reached", phpserialize.Limits{MaxBytes: 1024}, text(1014), false},
		{"bytes exceeded", phpserialize.Limits{MaxBytes: 1024}, text(1015), true},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			err := newParser(t, c.limits).Parse(&phpvalue.Tree{Text: []byte(c.wire)})
			if got := errors.Is(err, phpserialize.ErrLimit); got != c.fails {
				t.Errorf("Parse = %v, want limit exceeded: %v", err, c.fails)
			}
		})
	}
}

func TestNewParserRefusesLimitsOutOfRange(t *testing.T) {
	_, err := phpserialize.NewParser(phpserialize.Limits{MaxBytes: 1, MaxDepth: -1, MaxElements: math.MaxInt})
	for _, name := range []string{"MaxBytes", "MaxDepth", "MaxElements"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("NewParser = %v, want an error that names %s", err, name)
		}
	}
}

// Whatever is cut off, the error says so; whatever is flipped, nothing panics, and what is still read can be written.
func TestParseDamaged(t *testing.T) {
	p := newParser(t, phpserialize.Limits{})
	for _, c := range append(values[:len(values):len(values)], lenient...) {
		for n := range len(c.wire) {
			err := p.Parse(&phpvalue.Tree{Text: []byte(c.wire[:n])})
			if c.want != "" && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: Parse(%q) = %v, want unexpected EOF", c.name, c.wire[:n], err)
			}
			for bit := range 8 {
				damaged := []byte(c.wire)
				damaged[n] ^= 1 << bit
				checkRelations(t, damaged)
			}
		}
	}
}

func TestParseKeepsNothing(t *testing.T) {
	p := newParser(t, phpserialize.Limits{})
	tree := &phpvalue.Tree{}
	wires := []string{
		`a:2:{i:0;i:1;i:1;R:2;}`,
		`a:1:{s:3:"key";x`,
		serialized.Of(`O:"stdClass":{s:"a";a:{i:0;d:1.25;i:1;r:1;}}`),
	}
	for range 2 {
		for _, wire := range wires {
			tree.Text = append(tree.Text[:0], wire...)
			err := p.Parse(tree)
			if got, want := err != nil, strings.HasSuffix(wire, "x"); got != want {
				t.Fatalf("Parse(%q) = %v", wire, err)
			}
			if err == nil && render(tree.Root()) != render(parse(t, wire).Root()) {
				t.Errorf("Parse(%q) differs when the parser is used again: %s", wire, render(tree.Root()))
			}
		}
	}
	wire := []byte(wires[2])
	if n := testing.AllocsPerRun(100, func() {
		tree.Text = append(tree.Text[:0], wire...)
		if err := p.Parse(tree); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a value that fits into the memory of the last one", n)
	}
}
