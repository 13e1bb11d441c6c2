package jsonvalue_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"envelog/decoder/jsonvalue"
	"envelog/decoder/phpserialize"
	"envelog/internal/serialized"
	"envelog/phpvalue"
)

// texts is JSON and what PHP's serialize(json_decode($json, true)) makes of it, in the notation of package serialized; the
// fuzz seeds and the integration test read it too.
var texts = []struct{ name, json, want string }{
	{"null", `null`, `N;`},
	{"true", `true`, `b:1;`},
	{"false", `false`, `b:0;`},
	{"int", `-12`, `i:-12;`},
	{"zero", `0`, `i:0;`},
	{"minus zero", `-0`, `i:0;`},
	{"greatest int", `9223372036854775807`, `i:9223372036854775807;`},
	{"least int", `-9223372036854775808`, `i:-9223372036854775808;`},
	{"beyond int", `9223372036854775808`, `d:9.223372036854776E+18;`},
	{"far beyond int", `123456789012345678901234567890`, `d:1.2345678901234568E+29;`},
	{"whole float", `1.0`, `d:1;`},
	{"minus zero float", `-0.0`, `d:-0;`},
	{"float", `-0.25`, `d:-0.25;`},
	{"exponent", `1e5`, `d:100000;`},
	{"signed exponents", `[1E+5,1e-7]`, `a:{i:0;d:100000;i:1;d:1.0E-7;}`},
	{"float out of range", `1e400`, `d:INF;`},
	{"string", `"abc"`, `s:"abc";`},
	{"empty string", `""`, `s:"";`},
	{"escapes", `"\"\\\/\b\f\n\r\t"`, "s:\"\"\\/\b\f\n\r\t\";"},
	{"unicode escapes", `"\u0041\u00e9\u20AC\ud83d\uDE00\u0000"`, "s:\"Aé€😀\x00\";"},
	{"unicode", `"aé€😀b"`, `s:"aé€😀b";`},
	{"delete", "\"\x7f\"", "s:\"\x7f\";"},
	{"white space", " \t\r\n[ 1 ,\t2 ] \n", `a:{i:0;i:1;i:1;i:2;}`},
	{"white space in an object", `{ "a" : 1 , "b" : { } }`, `a:{s:"a";i:1;s:"b";a:{}}`},
	{"empty list", `[]`, `a:{}`},
	{"empty object", `{}`, `a:{}`},
	{"nested", `[[],[[]],{"a":[1]}]`, `a:{i:0;a:{}i:1;a:{i:0;a:{}}i:2;a:{s:"a";a:{i:0;i:1;}}}`},
	{"keys", `{"a":1,"5":2,"05":3,"-5":4,"":5,"a b":6}`, `a:{s:"a";i:1;i:5;i:2;s:"05";i:3;i:-5;i:4;s:"";i:5;s:"a b";i:6;}`},
	{"escaped key", `{"\u0061\n":1}`, "a:{s:\"a\n\";i:1;}"},
	{"key with NUL", `{"\u0000*\u0000a":1}`, "a:{s:\"\x00*\x00a\";i:1;}"},
	{"511 levels", strings.Repeat("[", 511) + strings.Repeat("]", 511), strings.Repeat("a:{i:0;", 510) + "a:{}" + strings.Repeat("}", 510)},
	{"object of a message", `{"channel":"app","level":300,"message":"a \"b\"","context":{"id":5,"list":["x",null]},"timestamp":"2024-01-02T03:04:05+02:00"}`,
		`a:{s:"channel";s:"app";s:"level";i:300;s:"message";s:"a "b"";s:"context";a:{s:"id";i:5;s:"list";a:{i:0;s:"x";i:1;N;}}` +
			`s:"timestamp";s:"2024-01-02T03:04:05+02:00";}`},
}

func newParser(t testing.TB, l phpserialize.Limits) *jsonvalue.Parser {
	t.Helper()
	p, err := jsonvalue.NewParser(l)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func serialize(t testing.TB, tree *phpvalue.Tree) string {
	t.Helper()
	var e phpserialize.Encoder
	b, err := e.Append(nil, tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParse(t *testing.T) {
	p := newParser(t, phpserialize.Limits{})
	tree := &phpvalue.Tree{}
	for _, c := range texts {
		t.Run(c.name, func(t *testing.T) {
			tree.Text = append(tree.Text[:0], c.json...)
			if err := p.Parse(tree); err != nil {
				t.Fatal(err)
			}
			if got := serialize(t, tree); got != serialized.Of(c.want) {
				t.Errorf("\n got %s\nwant %s", got, serialized.Of(c.want))
			}
		})
	}
}

func TestParseMarksLists(t *testing.T) {
	tests := []struct {
		json string
		list bool
	}{
		{`[]`, true}, {`{}`, true}, {`[1,2]`, true}, {`{"a":1}`, false}, {`{"0":1,"1":2}`, true}, {`{"1":1}`, false}, {`{"0":1,"a":2}`, false},
	}
	for _, c := range tests {
		tree := &phpvalue.Tree{Text: []byte(c.json)}
		if err := newParser(t, phpserialize.Limits{}).Parse(tree); err != nil || tree.Root().IsList() != c.list {
			t.Errorf("%s: a list: %v, %v", c.json, tree.Root().IsList(), err)
		}
	}
}

// refused is what json_decode() refuses.
var refused = []struct {
	name, json string
	offset     int
	path       string
	class      error
}{
	{"nothing", ``, 0, "", io.ErrUnexpectedEOF},
	{"blanks", `  `, 2, "", io.ErrUnexpectedEOF},
	{"byte order mark", "\xef\xbb\xbf1", 0, "", phpserialize.ErrCorrupt},
	{"vertical tab", "\v1", 0, "", phpserialize.ErrCorrupt},
	{"upper-case literal", `TRUE`, 0, "", phpserialize.ErrCorrupt},
	{"mixed literal", `nuLl`, 2, "", phpserialize.ErrCorrupt},
	{"literal that is cut", `fals`, 4, "", io.ErrUnexpectedEOF},
	{"literal with more", `nulls`, 4, "", phpserialize.ErrCorrupt},
	{"bytes behind", `1 x`, 2, "", phpserialize.ErrCorrupt},
	{"NUL behind", "1\x00", 1, "", phpserialize.ErrCorrupt},
	{"plus", `+1`, 0, "", phpserialize.ErrCorrupt},
	{"leading zero", `01`, 0, "", phpserialize.ErrCorrupt},
	{"minus alone", `-`, 1, "", io.ErrUnexpectedEOF},
	{"minus and letter", `-a`, 1, "", phpserialize.ErrCorrupt},
	{"no fraction", `1.`, 2, "", io.ErrUnexpectedEOF},
	{"no fraction before an end", `[1.]`, 3, "[0]", phpserialize.ErrCorrupt},
	{"no whole part", `.5`, 0, "", phpserialize.ErrCorrupt},
	{"no exponent", `1e+`, 3, "", io.ErrUnexpectedEOF},
	{"string that is cut", `"abc`, 4, "", io.ErrUnexpectedEOF},
	{"escape that is cut", `"abc\`, 5, "", io.ErrUnexpectedEOF},
	{"unicode escape that is cut", `"\u00`, 5, "", io.ErrUnexpectedEOF},
	{"unknown escape", `"ab\x"`, 3, "", phpserialize.ErrCorrupt},
	{"escaped apostrophe", `"\'"`, 1, "", phpserialize.ErrCorrupt},
	{"unicode escape without hex", `"\u00g0"`, 1, "", phpserialize.ErrCorrupt},
	{"high surrogate alone", `"\ud800"      `, 1, "", phpserialize.ErrCorrupt},
	{"low surrogate alone", `"\udc00"`, 1, "", phpserialize.ErrCorrupt},
	{"high surrogate and letter", `"\ud83d\u0041"`, 1, "", phpserialize.ErrCorrupt},
	{"surrogate pair that is cut", `"\ud83d\u`, 9, "", io.ErrUnexpectedEOF},
	{"tab in a string", "\"a\tb\"", 2, "", phpserialize.ErrCorrupt},
	{"line feed behind plain text", "\"abcdefghij\nk\"", 11, "", phpserialize.ErrCorrupt},
	{"invalid UTF-8", "\"ab\xff\"", 3, "", phpserialize.ErrCorrupt},
	{"overlong UTF-8", "\"\xc0\x80\"", 1, "", phpserialize.ErrCorrupt},
	{"surrogate in UTF-8", "\"\xed\xa0\x80\"", 1, "", phpserialize.ErrCorrupt},
	{"UTF-8 that is cut", "\"\xc3\"", 1, "", phpserialize.ErrCorrupt},
	{"list that is cut", `[1`, 2, "", io.ErrUnexpectedEOF},
	{"list that is cut behind a comma", `[1,`, 3, "[1]", io.ErrUnexpectedEOF},
	{"comma before the end", `[1,]`, 3, "[1]", phpserialize.ErrCorrupt},
	{"comma in front", `[,1]`, 1, "[0]", phpserialize.ErrCorrupt},
	{"wrong end", `[1}`, 2, "", phpserialize.ErrCorrupt},
	{"end without beginning", `]`, 0, "", phpserialize.ErrCorrupt},
	{"object that is cut", `{"a"`, 4, "", io.ErrUnexpectedEOF},
	{"object without colon", `{"a" 1}`, 5, "", phpserialize.ErrCorrupt},
	{"object without value", `{"a":}`, 5, "a", phpserialize.ErrCorrupt},
	{"key without quotes", `{a:1}`, 1, "", phpserialize.ErrCorrupt},
	{"int key", `{1:1}`, 1, "", phpserialize.ErrCorrupt},
	{"comma before the end of an object", `{"a":1,}`, 7, "", phpserialize.ErrCorrupt},
	{"path", `{"a":{"b c":[1,{"d":x}]}}`, 20, `a["b c"][1].d`, phpserialize.ErrCorrupt},
	{"512 levels", strings.Repeat("[", 512) + strings.Repeat("]", 512), 511, strings.Repeat("[0]", 86)[:256] + "...", phpserialize.ErrLimit},
}

func TestParseRefuses(t *testing.T) {
	p := newParser(t, phpserialize.Limits{})
	for _, c := range refused {
		t.Run(c.name, func(t *testing.T) {
			err := p.Parse(&phpvalue.Tree{Text: []byte(c.json)})
			var e *phpserialize.Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q) = %v, want *Error", c.json, err)
			}
			if e.Offset != c.offset || e.Path != c.path || !errors.Is(err, c.class) {
				t.Errorf("Parse(%q):\n got offset %d, path %q: %v\nwant offset %d, path %q: %v",
					c.json, e.Offset, e.Path, err, c.offset, c.path, c.class)
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	tests := []struct {
		name   string
		limits phpserialize.Limits
		json   string
		fails  bool
	}{
		{"depth reached", phpserialize.Limits{MaxDepth: 8}, strings.Repeat("[", 8) + strings.Repeat("]", 8), false},
		{"depth exceeded", phpserialize.Limits{MaxDepth: 8}, strings.Repeat("[", 9) + strings.Repeat("]", 9), true},
		{"depth without end", phpserialize.Limits{}, strings.Repeat(`{"a":`, 100000), true},
		{"elements reached", phpserialize.Limits{MaxElements: 16}, "[" + strings.Repeat("0,", 14) + "0]", false},
		{"elements exceeded", phpserialize.Limits{MaxElements: 16}, "[" + strings.Repeat("0,", 15) + "0]", true},
		{"lists exceeded", phpserialize.Limits{MaxElements: 16}, "[" + strings.Repeat("[],", 15) + "[]]", true},
		{"bytes reached", phpserialize.Limits{MaxBytes: 1024}, `"` + strings.Repeat("x", 1022) + `"`, false},
		{"bytes exceeded", phpserialize.Limits{MaxBytes: 1024}, `"` + strings.Repeat("x", 1023) + `"`, true},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			err := newParser(t, c.limits).Parse(&phpvalue.Tree{Text: []byte(c.json)})
			if got := errors.Is(err, phpserialize.ErrLimit); got != c.fails || (err != nil) != c.fails {
				t.Errorf("Parse = %v, want limit exceeded: %v", err, c.fails)
			}
		})
	}
	if _, err := jsonvalue.NewParser(phpserialize.Limits{MaxBytes: -1}); err == nil {
		t.Error("NewParser took a negative limit")
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	p := newParser(t, phpserialize.Limits{})
	tree := &phpvalue.Tree{}
	text := []byte(`{"a":"\u00e9","b":[1,2.5,"plain",true,null],"c":{"d":12345678901234567890}}`)
	if n := testing.AllocsPerRun(100, func() {
		tree.Text = append(tree.Text[:0], text...)
		if err := p.Parse(tree); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// checkRelations checks what must hold for any bytes: what this parser reads encoding/json reads too, as the same
// value, unless that accepts what PHP refuses; and it can be serialized.
func checkRelations(t *testing.T, text []byte) {
	t.Helper()
	tree := &phpvalue.Tree{Text: bytes.Clone(text)}
	if err := newParser(t, phpserialize.Limits{}).Parse(tree); err != nil {
		checkClass(t, text, err)
		return
	}
	if !json.Valid(text) {
		t.Fatalf("Parse accepts %q", text)
	}
	again := &phpvalue.Tree{Text: []byte(serialize(t, tree))}
	parser, err := phpserialize.NewParser(phpserialize.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := parser.Parse(again); err != nil {
		t.Fatalf("%q was serialized as %q: %v", text, again.Text, err)
	}
	if a, b := plain(tree.Root()), plain(again.Root()); !reflect.DeepEqual(a, b) {
		t.Fatalf("%q: %v was serialized as %v", text, a, b)
	}
}

func checkClass(t *testing.T, text []byte, err error) {
	t.Helper()
	var e *phpserialize.Error
	known := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, phpserialize.ErrCorrupt) || errors.Is(err, phpserialize.ErrLimit)
	if !known || !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) {
		t.Fatalf("Parse(%q) = %v", text, err)
	}
}

// plain makes values that can be compared.
func plain(v phpvalue.Value) any {
	switch v.Kind() {
	case phpvalue.Array:
		elements := []any{v.IsList()}
		for it := v.Children(); it.Next(); {
			c := it.Value()
			key := any(c.KeyKind())
			if c.KeyKind() == phpvalue.IntKey {
				key = c.IntKey()
			} else if c.KeyKind() == phpvalue.TextKey {
				key = string(c.TextKey())
			}
			elements = append(elements, key, plain(c))
		}
		return elements
	case phpvalue.String:
		return string(v.Text())
	}
	return fmt.Sprint(v.Kind(), v.Node().Num)
}

func FuzzParse(f *testing.F) {
	for _, c := range texts {
		f.Add([]byte(c.json))
	}
	for _, c := range refused {
		f.Add([]byte(c.json))
	}
	f.Fuzz(checkRelations)
}

func TestParseDamaged(t *testing.T) {
	for _, c := range texts {
		if len(c.json) > 200 {
			continue
		}
		for n := range len(c.json) {
			checkRelations(t, []byte(c.json[:n]))
			for bit := range 8 {
				damaged := []byte(c.json)
				damaged[n] ^= 1 << bit
				checkRelations(t, damaged)
			}
		}
	}
}
