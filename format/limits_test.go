package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"envelog/phpvalue"
)

// hostile returns contexts that would become endless lines, or endless work, if nothing bounded them.
func hostile(t testing.TB) map[string]phpvalue.Value {
	t.Helper()
	million := strings.Repeat("x", 1_000_000)
	texts := map[string]string{
		"long string":          in(`s:"` + million + `";`),
		"long escapes":         in(`s:"` + strings.Repeat("\x01", 60_000) + `";`),
		"long key":             `a:{s:"` + million + `";i:1;s:"k";i:2;}`,
		"long class":           in(`O:60000:"` + strings.Repeat("A", 60_000) + `":0:{}`),
		"long exception":       in(`O:"E":{s:"~*~message";s:"` + million + `";s:"~*~code";i:1;s:"~Exception~previous";r:2;}`),
		"many long strings":    repeated(999, `s:"`+million[:1000]+`";`),
		"many small lists":     repeated(250, repeated(900, "i:1;")),
		"many small maps":      repeated(999, `a:{s:"k";i:1;}`),
		"references":           exploding("a:10:", "R", 1),
		"objects":              in(exploding(`O:"X":10:`, "r", 2)),
		"references in object": in(`O:"X":{s:"a";` + exploding("a:10:", "R", 3) + `}`),
		"array within itself":  `a:{s:"a";a:{i:0;R:2;i:1;R:2;i:2;R:2;}}`,
		"hidden properties":    `a:{s:"o";O:"X":{` + hidden(5000) + `}s:"l";` + repeated(250, repeated(900, "r:2;")) + `}`,
		"unknown zones":        repeated(900, `O:"DateTime":{s:"date";s:"2020-01-01 00:00:00.000000";s:"timezone_type";i:3;s:"timezone";s:"Mars/%04d";}`),
	}
	values := make(map[string]phpvalue.Value)
	for name, text := range texts {
		values[name] = parse(t, text)
	}
	return values
}

// repeated returns a list of n times element, in which %04d stands for the index.
func repeated(n int, element string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "a:%d:{", n)
	for i := range n {
		fmt.Fprintf(&b, "i:%d;%s", i, strings.ReplaceAll(element, "%04d", fmt.Sprintf("%04d", i)))
	}
	return b.String() + "}"
}

// exploding returns twenty levels of ten members each, nine of which refer to the tenth: 10^20 values to those who
// follow. The outermost takes the given slot.
func exploding(open, reference string, slot int) string {
	const levels = 20
	var b, end strings.Builder
	for level := range levels {
		fmt.Fprintf(&b, `%s{i:0;`, open)
		for i := 1; i < 10; i++ {
			fmt.Fprintf(&end, "i:%d;%s:%d;", i, reference, slot+levels-level)
		}
		end.WriteString("}")
	}
	return b.String() + `O:"L":{}` + end.String()
}

func hidden(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `s:"~X~p%04d";N;`, i)
	}
	return b.String()
}

func TestHostileRecords(t *testing.T) {
	const most = 64 << 10
	for name, context := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			for format, f := range formatters(t, most) {
				r := newRecord(t, "m", "")
				r.Context, r.Extra = context, context
				line := f.Append(nil, r)
				checkLine(t, format, line)
				if len(line) > most {
					t.Errorf("%s: line of %d bytes, at most %d are allowed", format, len(line), most)
				}
			}
		})
	}
}

// checkLine checks what holds for every line, and that a reader of its format can read it.
func checkLine(t *testing.T, format string, line []byte) {
	t.Helper()
	if bytes.IndexByte(line, '\n') != len(line)-1 {
		t.Fatalf("%s: not one line: %.300q", format, line)
	}
	var err error
	switch format {
	case "json":
		if !json.Valid(line) {
			t.Errorf("not JSON: %.300q ... %q", line, line[max(0, len(line)-300):])
		}
	case "keyvalue":
		_, err = parseKeyValue(string(line))
	case "logfmt":
		_, _, err = parseLogfmt(string(line))
	}
	if err != nil {
		t.Errorf("%s: %v", format, err)
	}
}

func TestWhatDoesNotFitIsSaid(t *testing.T) {
	const notice = "Over 8192 bytes, aborting normalization"
	tests := []struct{ name, message, context string }{
		{"value", "m", in(`s:"` + strings.Repeat("x", 9000) + `";`)},
		{"escapes in a value", "m", in(`s:"` + strings.Repeat("\x01", 2000) + `";`)},
		{"elements", "m", repeated(900, `s:"twenty bytes of text";`)},
		{"nested elements", "m", in(repeated(900, `s:"twenty bytes of text";`))},
		{"key", "m", `a:{s:"` + strings.Repeat("x", 9000) + `";i:1;}`},
		{"message", strings.Repeat("x", 9000), in(`i:1;`)},
		{"escapes in the message", strings.Repeat("\x01", 9000), in(`i:1;`)},
		{"characters of the message", strings.Repeat("日本語", 1000), in(`i:1;`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for format, f := range formatters(t, 8192) {
				line := f.Append(nil, newRecord(t, tt.message, tt.context))
				checkLine(t, format, line)
				if len(line) > 8192 || !strings.Contains(string(line), notice) {
					t.Errorf("%s: %d bytes: %.100s ... %s", format, len(line), line, line[max(0, len(line)-200):])
				}
			}
		})
	}
}

// TestLongMessageIsCutLate has messages that are longer than their half of a line: as much of each is printed as fits, however
// long its escapes are.
func TestLongMessageIsCutLate(t *testing.T) {
	const most = 1 << 20
	for _, character := range []string{"x", "\"", "\x01", "é", "\u202e", "\U000e0041", "日", "\xff", "x\n"} {
		for name, f := range formatters(t, most) {
			line := f.Append(nil, newRecord(t, strings.Repeat(character, 5<<20/len(character)), ""))
			checkLine(t, name, line)
			if len(line) > most/2+200 || len(line) < most/2-50 {
				t.Errorf("%s: a message of %q made a line of %d bytes, of at most %d for it", name, character, len(line), most/2)
			}
		}
	}
}

// TestLongChannel has the channel as long as a whole line.
func TestLongChannel(t *testing.T) {
	for format, f := range formatters(t, 8192) {
		r := newRecord(t, strings.Repeat("m", 10_000), repeated(900, `s:"twenty bytes of text";`))
		r.Channel = bytes.Repeat([]byte("é\x00"), 10_000)
		r.Extra = r.Context
		line := f.Append(nil, r)
		checkLine(t, format, line)
		if len(line) > 8192 {
			t.Errorf("%s: %d bytes", format, len(line))
		}
	}
}

// TestRepeatedPlaceholders has a message that would multiply the context.
func TestRepeatedPlaceholders(t *testing.T) {
	f := mustNew(t, "line", Options{MaxLineBytes: 64 << 10})
	for _, message := range []string{strings.Repeat("%context%", 2000), strings.Repeat("%context%", 20_000), strings.Repeat("%context.k%", 2000)} {
		line := f.Append(nil, newRecord(t, message, in(`s:"`+strings.Repeat("x", 1000)+`";`)))
		checkLine(t, "line", line)
		if len(line) > 64<<10 {
			t.Errorf("%d bytes", len(line))
		}
	}
}
