package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// parseLogfmt reads a line as go-logfmt and Loki do, and no laxer.
func parseLogfmt(line string) (keys, values []string, err error) {
	rest, ok := strings.CutSuffix(line, "\n")
	if !ok || strings.Contains(rest, "\n") || !utf8.ValidString(rest) {
		return nil, nil, errors.New("not one line of UTF-8")
	}
	for rest != "" {
		key, after, ok := strings.Cut(rest, "=")
		if !ok || key == "" || strings.ContainsFunc(key, func(r rune) bool { return r > 0x7f || !isKeyByte(byte(r)) }) {
			return nil, nil, fmt.Errorf("bad key in %q", rest)
		}
		value, after, err := cutLogfmtValue(after)
		if err != nil {
			return nil, nil, err
		}
		keys, values = append(keys, key), append(values, value)
		if rest, ok = strings.CutPrefix(after, " "); !ok && after != "" || ok && rest == "" {
			return nil, nil, fmt.Errorf("no single blank after %s", key)
		}
	}
	return keys, values, nil
}

func cutLogfmtValue(s string) (value, rest string, err error) {
	if strings.HasPrefix(s, `"`) {
		return cutString(s)
	}
	end := strings.IndexByte(s, ' ')
	if end < 0 {
		end = len(s)
	}
	if value = s[:end]; !isBareText(value) {
		return "", "", fmt.Errorf("value without quotes that needs some: %q", value)
	}
	return value, s[end:], nil
}

func TestLogfmt(t *testing.T) {
	tests := []struct{ name, message, context, want string }{
		{"no context", "User logged in", "", `msg="User logged in"`},
		{"one word", "done", "", `msg=done`},
		{"empty message", "", "", `msg=""`},
		{"two lines", "a\nb", "", `msg="a\nb"`},
		{"scalars", "m", `a:{s:"n";N;s:"t";b:1;s:"i";i:5;s:"d";d:1;s:"x";d:-INF;s:"s";s:"5";}`, `msg=m n=null t=true i=5 d=1.0 x=-INF s=5`},
		{"strings", "m", `a:{s:"b";s:"two words";s:"c";s:"";s:"d";s:"a="b";s:"e";s:"App\X";}`, `msg=m b="two words" c="" d="a=\"b" e=App\X`},
		{"nested", "m", `a:{s:"nested";a:{s:"a";s:"x"y";}s:"l";a:{i:0;i:1;}}`, `msg=m nested="{\"a\":\"x\\\"y\"}" l="[1]"`},
		{"keys", "m", `a:{i:7;i:1;s:"";i:2;s:"a b";i:3;s:"a.b-c";i:4;s:"né";i:5;s:"=";i:6;}`, `msg=m 7=1 _=2 a_b=3 a.b_c=4 n__=5 _=6`},
		{"keys of the line itself", "m", `a:{s:"ts";i:1;s:"level";i:2;s:"channel";i:3;s:"msg";i:4;}`, `msg=m context.ts=1 context.level=2 context.channel=3 context.msg=4`},
		{"enum", "m", in(`E:"App\S:Paid";`), `msg=m k=App\S::Paid`},
		{"object", "m", in(`O:"P":{s:"a";i:1;}`), `msg=m k="{\"P\":{\"a\":1}}"`},
	}
	f := mustNew(t, "logfmt", Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(f.Append(nil, newRecord(t, tt.message, tt.context)))
			if want := "ts=2024-01-02T03:04:05.678900+01:00 level=info channel=messenger " + tt.want + "\n"; got != want {
				t.Errorf("\n got %swant %s", got, want)
			}
			if _, values, err := parseLogfmt(got); err != nil || values[3] != tt.message {
				t.Errorf("read back %q, %v", values, err)
			}
		})
	}
}

func TestLogfmtExtra(t *testing.T) {
	r := newRecord(t, "m", in(`i:1;`))
	r.Extra = parse(t, `a:{s:"k";i:2;s:"ts";i:3;s:"tags";a:{i:0;s:"a";}}`)
	keys, values, err := parseLogfmt(string(mustNew(t, "logfmt", Options{}).Append(nil, r)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(keys[3:], " "), "msg k extra.k extra.ts extra.tags"; got != want {
		t.Errorf("keys %s, want %s", got, want)
	}
	var tags []string
	if err := json.Unmarshal([]byte(values[7]), &tags); err != nil || len(tags) != 1 {
		t.Errorf("tags %q, %v", values[7], err)
	}
}
