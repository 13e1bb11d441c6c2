package format

import (
	"strings"
	"testing"

	"envelog/phpvalue"
)

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name, format string
		options      Options
		want         []string // parts of the error
	}{
		{"unknown format", "xml", Options{}, []string{`unknown format "xml"`, "keyvalue, line, json and logfmt"}},
		{"empty format", "", Options{}, []string{`unknown format ""`}},
		{"line format for json", "json", Options{LineFormat: "%message%"}, []string{`line format "%message%" is for the format line`}},
		{"line format of two lines", "line", Options{LineFormat: "%message%\n%context%\n"}, []string{"line format has a line break"}},
		{"line format with a control character", "line", Options{LineFormat: "\x1b[31m%message%"}, []string{"line format has"}},
		{"date format that ends in a backslash", "json", Options{DateFormat: `Y\`}, []string{"date format ends in a backslash"}},
		{"date format of two lines", "json", Options{DateFormat: "Y\nm"}, []string{"date format has a control character"}},
		{"date format with the end of keyvalue's date", "keyvalue", Options{DateFormat: "[Y]"}, []string{"date format has a ]"}},
		{"small line", "line", Options{MaxLineBytes: 1}, []string{"line limit 1 is not between 8192 and 1073741824 bytes"}},
		{"negative line", "line", Options{MaxLineBytes: -1}, []string{"line limit -1"}},
		{"options of LineFormatter for json", "json", Options{Line: LineOptions{IgnoreEmpty: true, MaxLevelName: 3}}, []string{"for the format line, not for json"}},
		{"options of Monolog's formatters for logfmt", "logfmt", Options{Line: LineOptions{Stacktraces: true}}, []string{"for the formats line and json, not for logfmt"}},
		{"negative length of level names", "line", Options{Line: LineOptions{MaxLevelName: -1}}, []string{"length -1 of level names is negative"}},
		{"indent of what is not printed", "line", Options{Line: LineOptions{Indent: "  "}}, []string{"an indent needs stack traces"}},
		{"indent of two lines", "line", Options{Line: LineOptions{Stacktraces: true, Indent: " \n"}}, []string{"indent has a line break"}},
		{"several", "json", Options{MaxLineBytes: 1, LineFormat: "x", DateFormat: `\`}, []string{"line limit 1", `line format "x"`, "date format ends"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := New(tt.format, tt.options)
			if err == nil || f != nil {
				t.Fatalf("got %v, %v", f, err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q has no %q", err, part)
				}
			}
		})
	}
}

// TestAppendKeepsWhatIsThere also has records one after the other: nothing of the first is left.
func TestAppendKeepsWhatIsThere(t *testing.T) {
	for name, f := range formatters(t, 0) {
		first := string(f.Append(nil, newRecord(t, "first", in(`s:"a";`))))
		second := string(f.Append(nil, newRecord(t, "second", "")))
		both := f.Append([]byte("kept "), newRecord(t, "first", in(`s:"a";`)))
		both = f.Append(both, newRecord(t, "second", ""))
		if string(both) != "kept "+first+second {
			t.Errorf("%s: got %q", name, both)
		}
	}
}

// TestAppendToleratesWhatIsNoArray has contexts that the decoder never makes.
func TestAppendToleratesWhatIsNoArray(t *testing.T) {
	for name, f := range formatters(t, 0) {
		want := string(f.Append(nil, newRecord(t, "m", "")))
		for _, context := range []phpvalue.Value{{}, parse(t, "N;"), parse(t, `s:"a";`), parse(t, `O:"stdClass":{}`)} {
			r := newRecord(t, "m", "")
			r.Context, r.Extra = context, context
			if got := string(f.Append(nil, r)); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
	}
}

// TestAppendAllocatesNothing has all kinds of values that are common.
func TestAppendAllocatesNothing(t *testing.T) {
	r := newRecord(t, "Paiement refusé\nsecond line", `a:{s:"s";s:"two words";s:"e";s:"é"é";s:"i";i:5;s:"d";d:0.84;s:"n";N;s:"b";b:1;s:"l";a:{i:0;i:1;i:1;s:"x";}s:"m";a:{s:"a";a:{}}s:"t";O:"DateTimeImmutable":{s:"date";s:"2020-01-01 10:00:00.500000";s:"timezone_type";i:3;s:"timezone";s:"Europe/Paris";}}`)
	r.Extra = parse(t, `a:{s:"uid";s:"b3a1c2d";}`)
	all := formatters(t, 0)
	all["line with formats"] = mustNew(t, "line", Options{LineFormat: "%datetime% %context.s% %context.i% %message% %context%", DateFormat: "D j M Y H:i:s.v e"})
	for name, f := range all {
		line := f.Append(nil, r)
		if n := testing.AllocsPerRun(100, func() { line = f.Append(line[:0], r) }); n != 0 {
			t.Errorf("%s: %v allocations a record", name, n)
		}
	}
}
