package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"envelog/phpvalue"
	"envelog/record"
)

// parsedLine is a line of the keyvalue format, read back.
type parsedLine struct {
	date, channel, level, message string
	fields                        []parsedField
}

type parsedField struct {
	extra bool
	key   string
	value any // nil, bool, int64, float64, string, or json.RawMessage
}

// parseKeyValue reads a line by the grammar of the package comment, and refuses everything that a formatter would have
// spelled in another way.
func parseKeyValue(line string) (p parsedLine, err error) {
	rest, ok := strings.CutSuffix(line, "\n")
	if !ok || strings.ContainsFunc(rest, mustBeEscaped) || !utf8.ValidString(rest) {
		return p, errors.New("not one clean line")
	}
	if rest, ok = strings.CutPrefix(rest, "["); !ok {
		return p, errors.New("no date")
	}
	if p.date, rest, ok = strings.Cut(rest, "] "); !ok {
		return p, errors.New("no end of the date")
	}
	if rest, err = p.parseChannel(rest); err != nil {
		return p, err
	}
	if rest, err = p.parseMessage(rest); err != nil {
		return p, err
	}
	return p, p.parseFields(rest)
}

func (p *parsedLine) parseChannel(rest string) (string, error) {
	if strings.HasPrefix(rest, `"`) {
		var err error
		if p.channel, rest, err = cutString(rest); err != nil {
			return "", err
		}
		if isBareText(p.channel) && !mayBeQuoted(p.channel) && !strings.Contains(p.channel, ":") {
			return "", errors.New("quotes around a bare channel")
		}
		level, rest, _ := strings.Cut(rest, ": ")
		var ok bool
		p.level, ok = strings.CutPrefix(level, ".")
		if !ok {
			return "", errors.New("no level")
		}
		return rest, nil
	}
	head, rest, ok := strings.Cut(rest, ": ")
	dot := strings.LastIndexByte(head, '.')
	if !ok || dot < 0 || !isBareText(head[:dot]) || strings.Contains(head, ":") {
		return "", fmt.Errorf("bad channel or level in %q", head)
	}
	p.channel, p.level = head[:dot], head[dot+1:]
	return rest, nil
}

func (p *parsedLine) parseMessage(rest string) (string, error) {
	if strings.HasPrefix(rest, `"`) {
		var err error
		if p.message, rest, err = cutString(rest); err != nil {
			return "", err
		}
		if isText(p.message) && !mayBeQuoted(p.message) {
			return "", errors.New("quotes around a message that needs none")
		}
		return rest, nil
	}
	end := len(rest)
	if i := separatorIn(rest); i >= 0 {
		end = strings.LastIndexByte(rest[:i], ' ')
	}
	if end < 0 || !isText(rest[:end]) {
		return "", errors.New("message without quotes that needs some")
	}
	p.message = rest[:end]
	return rest[end:], nil
}

// isText reports whether a message may stand without quotes.
func isText(s string) bool {
	return s != "" && s[0] != '"' && strings.Trim(s, " ") == s && separatorIn(s) < 0 && !strings.ContainsFunc(s, mustBeEscaped)
}

// separatorIn returns the index of the first "=" that does not follow a blank, or -1.
func separatorIn(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == '=' && s[i-1] != ' ' {
			return i
		}
	}
	return -1
}

// mayBeQuoted reports whether a string that could be bare may have quotes all the same: it stands for one that was not
// UTF-8, or too long.
func mayBeQuoted(s string) bool {
	return strings.ContainsRune(s, utf8.RuneError) || strings.HasSuffix(s, "bytes, aborting normalization")
}

func mustBeEscaped(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || hiddenByUnicode(r)
}

func isBareText(s string) bool {
	return s != "" && !strings.ContainsAny(s, ` "=`) && !strings.ContainsFunc(s, mustBeEscaped)
}

func (p *parsedLine) parseFields(rest string) error {
	for rest != "" {
		var f parsedField
		var ok bool
		var err error
		if rest, ok = strings.CutPrefix(rest, " "); !ok {
			return fmt.Errorf("no blank before %q", rest)
		}
		rest, f.extra = strings.CutPrefix(rest, "extra.")
		if f.key, rest, err = cutKey(rest, f.extra); err != nil {
			return err
		}
		if f.value, rest, err = cutValue(rest); err != nil {
			return err
		}
		p.fields = append(p.fields, f)
	}
	return nil
}

func cutKey(s string, extra bool) (key, rest string, err error) {
	spelling, rest, ok := strings.Cut(s, "=")
	if !ok || strings.Contains(spelling, " ") {
		return "", "", fmt.Errorf("bad key in %q", s)
	}
	if !strings.HasPrefix(spelling, `"`) {
		if !isBareText(spelling) {
			return "", "", fmt.Errorf("key without quotes that needs some: %q", spelling)
		}
		return spelling, rest, nil
	}
	if err := json.Unmarshal([]byte(spelling), &key); err != nil {
		return "", "", err
	}
	if isBareText(key) && !mayBeQuoted(key) && (extra || !strings.HasPrefix(key, "extra.")) {
		return "", "", fmt.Errorf("quotes around the bare key %q", key)
	}
	return key, rest, nil
}

func cutValue(s string) (value any, rest string, err error) {
	switch {
	case strings.HasPrefix(s, `"`):
		text, rest, err := cutString(s)
		if err == nil && isBareText(text) && !mayBeQuoted(text) && text[0] != '{' && text[0] != '[' && literalOf(text) == nil {
			err = fmt.Errorf("quotes around the bare value %q", text)
		}
		return text, rest, err
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		return cutJSON(s)
	}
	spelling, rest, more := strings.Cut(s, " ")
	if more {
		rest = " " + rest
	}
	if !isBareText(spelling) {
		return nil, "", fmt.Errorf("value without quotes that needs some: %q", spelling)
	}
	if literal := literalOf(spelling); literal != nil {
		return literal(), rest, nil
	}
	return spelling, rest, nil
}

// literalOf returns what s reads as if it is not a string, or nil.
func literalOf(s string) func() any {
	constant := func(v any) func() any { return func() any { return v } }
	switch s {
	case "null":
		return constant(nil)
	case "true", "false":
		return constant(s == "true")
	case "NaN":
		return constant(math.NaN())
	case "INF":
		return constant(math.Inf(1))
	case "-INF":
		return constant(math.Inf(-1))
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return constant(i)
	}
	if f, err := strconv.ParseFloat(s, 64); (err == nil || errors.Is(err, strconv.ErrRange)) && !strings.ContainsAny(s, "_xXpPnNiI") {
		return constant(f)
	}
	return nil
}

// cutString reads a JSON string from the beginning of s.
func cutString(s string) (text, rest string, err error) {
	raw, rest, err := cutJSON(s)
	if err != nil {
		return "", "", err
	}
	return text, rest, json.Unmarshal(raw.(json.RawMessage), &text)
}

func cutJSON(s string) (value any, rest string, err error) {
	decoder := json.NewDecoder(strings.NewReader(s))
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return nil, "", fmt.Errorf("read JSON in %q: %w", s, err)
	}
	return raw, s[decoder.InputOffset():], nil
}

func TestKeyValue(t *testing.T) {
	tests := []struct{ name, message, context, extra, want string }{
		{"no context", "User logged in", "", "", `User logged in`},
		{"scalars", "m", `a:{s:"n";N;s:"t";b:1;s:"f";b:0;s:"i";i:-5;s:"d";d:1;s:"x";d:-INF;s:"y";d:NAN;}`, "",
			`m n=null t=true f=false i=-5 d=1.0 x=-INF y=NaN`},
		{"strings", "m", `a:{s:"a";s:"value";s:"b";s:"two words";s:"c";s:"";s:"d";s:"a="b";s:"e";s:"App\X";}`, "",
			`m a=value b="two words" c="" d="a=\"b" e=App\X`},
		{"strings like other values", "m", `a:{s:"a";s:"5";s:"b";s:"null";s:"c";s:"1.0e9";s:"d";s:"{";s:"e";s:"10.0.0.17";s:"f";s:"-INF";}`, "",
			`m a="5" b="null" c="1.0e9" d="{" e=10.0.0.17 f="-INF"`},
		{"nested", "m", `a:{s:"nested";a:{s:"a";i:1;}s:"l";a:{i:0;s:"a b";}}`, "", `m nested={"a":1} l=["a b"]`},
		{"date", "m", in(`O:"DateTimeImmutable":{s:"date";s:"2020-01-01 10:00:00.500000";s:"timezone_type";i:1;s:"timezone";s:"+02:00";}`), "", `m k=2020-01-01T10:00:00+02:00`},
		{"exception", "m", in(previousException), "", `m k="[object] (TypeError(code: 3): te at /w/t1.php:24)\n[previous exception] [object] (ErrorException(code: 1): e\ne at /f.php:7)"`},
		{"exception with a code that is a string", "m", in(`O:"E":{s:"~*~message";s:"m";s:"~*~code";s:"42S02";s:"~*~file";s:"/f";s:"~*~line";i:2;s:"~Exception~previous";N;}`), "", `m k="[object] (E(code: 42S02): m at /f:2)"`},
		{"object", "m", in(`O:"App\P":{s:"a";i:1;s:"~*~b";i:2;}`), "", `m k={"App\\P":{"a":1}}`},
		{"enum", "m", `a:{s:"k";E:"App\S:Paid";s:"l";a:{i:0;E:"App\S:Open";}}`, "", `m k=App\S::Paid l=["App\\S::Open"]`},
		{"enum inside an object", "m", in(`O:"P":{s:"s";E:"S:Paid";}`), "", `m k={"P":{"s":"S::Paid"}}`},
		{"keys", "m", `a:{i:7;i:1;s:"";i:2;s:"a b";i:3;s:"a=b";i:4;s:"a"";i:5;s:"extra.a";i:6;}`, "",
			`m 7=1 ""=2 "a\u0020b"=3 "a\u003db"=4 "a\""=5 "extra.a"=6`},
		{"extra", "m", in(`i:1;`), `a:{s:"k";i:2;s:"a b";i:3;s:"extra.a";i:4;}`, `m k=1 extra.k=2 extra."a\u0020b"=3 extra.extra.a=4`},
		{"message of several lines", "a\nb\r\nc", "", "", `"a\nb\r\nc"`},
		{"message with quotes", `User "ada" logged in`, in(`i:1;`), "", `User "ada" logged in k=1`},
		{"message that begins with a quote", `"ada" logged in`, "", "", `"\"ada\" logged in"`},
		{"message that looks like fields", "see key=value", in(`i:1;`), "", `"see key=value" k=1`},
		{"message with equals between blanks", "WHERE id = ?", in(`i:1;`), "", `WHERE id = ? k=1`},
		{"message that begins with equals", "= 5", in(`i:1;`), "", `= 5 k=1`},
		{"empty message", "", in(`i:1;`), "", `"" k=1`},
		{"blanks at the ends", " m ", in(`i:1;`), "", `" m " k=1`},
		{"escape sequence", "\x1b[31mred\u009b0m\x7f", in("s:\"a\u0085\";"), "", `"\u001b[31mred\u009b0m\u007f" k="a\u0085"`},
		{"not UTF-8", "caf\xe9", in("s:\"\xff\";"), "", `"caf` + "\uFFFD" + `" k="` + "\uFFFD" + `"`},
		{"many items", "m", `a:{` + items(1001) + `}`, "", `m ` + strings.Join(pairs(1000), " ") + ` ...="Over 1000 items (1001 total), aborting normalization"`},
		{"deep", "m", strings.Repeat(`a:{i:0;`, 12) + `N;` + strings.Repeat(`}`, 12), "", `m 0=[[[[[[[["Over 9 levels deep, aborting normalization"]]]]]]]]`},
	}
	f := mustNew(t, "keyvalue", Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecord(t, tt.message, tt.context)
			if tt.extra != "" {
				r.Extra = parse(t, tt.extra)
			}
			got := string(f.Append(nil, r))
			if want := "[2024-01-02T03:04:05.678900+01:00] messenger.INFO: " + tt.want + "\n"; got != want {
				t.Errorf("\n got %swant %s", got, want)
			}
			checkKeyValue(t, got, r)
		})
	}
}

func pairs(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.Itoa(i) + "=1"
	}
	return all
}

func TestKeyValueChannels(t *testing.T) {
	f := mustNew(t, "keyvalue", Options{})
	for channel, want := range map[string]string{
		"app": `app`, "": `""`, "a.b": `a.b`, ".": `.`, "a:b": `"a:b"`, "a b": `"a b"`, "x.INFO: y": `"x.INFO: y"`,
		"a\nb": `"a\nb"`, "../../etc": `../../etc`, `"`: `"\""`, "é": `é`,
	} {
		r := newRecord(t, "m", "")
		r.Channel = []byte(channel)
		got := string(f.Append(nil, r))
		if want := "[2024-01-02T03:04:05.678900+01:00] " + want + ".INFO: m\n"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		checkKeyValue(t, got, r)
	}
}

// checkKeyValue reads line back and compares it with r.
func checkKeyValue(t *testing.T, line string, r *record.Record) {
	t.Helper()
	p, err := parseKeyValue(line)
	if err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	if p.channel != utf8Of(r.Channel) || p.level != r.Level.String() || p.message != utf8Of(r.Message) {
		t.Errorf("read back %q, %q, %q from %q", p.channel, p.level, p.message, line)
	}
	checkFields(t, p.fields, r)
}

func checkFields(t *testing.T, fields []parsedField, r *record.Record) {
	t.Helper()
	for _, from := range []struct {
		v     phpvalue.Value
		extra bool
	}{{r.Context, false}, {r.Extra, true}} {
		count := 0
		for it := from.v.Resolve().Children(); it.Next() && count < maxItems; count++ {
			if len(fields) == 0 {
				t.Fatal("a field is missing")
			}
			checkField(t, fields[0], it.Value(), from.extra)
			fields = fields[1:]
		}
		if count == maxItems && len(fields) > 0 && fields[0].key == "..." {
			fields = fields[1:]
		}
	}
	if len(fields) > 0 {
		t.Errorf("fields too many: %v", fields)
	}
}

func checkField(t *testing.T, got parsedField, element phpvalue.Value, extra bool) {
	t.Helper()
	if want := utf8Of([]byte(keyText(element))); got.key != want || got.extra != extra {
		t.Errorf("key %q, extra %t, want %q, %t", got.key, got.extra, want, extra)
	}
	v := element.Resolve()
	want, known := any(nil), true
	switch v.Kind() {
	case phpvalue.Null:
	case phpvalue.Bool:
		want = v.Bool()
	case phpvalue.Int:
		want = v.Int()
	case phpvalue.Float:
		want = v.Float()
	case phpvalue.String:
		want = utf8Of(v.Text())
	default:
		known = false
	}
	if f, isFloat := want.(float64); known && got.value != want && !(isFloat && math.IsNaN(f) && math.IsNaN(got.value.(float64))) {
		t.Errorf("%s: value %#v, want %#v", got.key, got.value, want)
	}
}

// utf8Of returns s with PHP's substitution of what is not UTF-8.
func utf8Of(s []byte) string {
	var text string
	if err := json.Unmarshal(appendQuoted(nil, s, asPHP), &text); err != nil {
		panic(err)
	}
	return text
}
