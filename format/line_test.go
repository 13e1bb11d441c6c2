package format

import (
	"testing"
)

// Expected lines are what Monolog 3's LineFormatter printed; TestPlaceholdersAsPHP asks the Monolog at hand about
// thousands more.
func TestLineFormat(t *testing.T) {
	context := `a:{s:"user";s:"ada";i:7;b:1;s:"n";N;}`
	tests := []struct{ name, format, context, want string }{
		{"all placeholders", "%datetime% %channel% %level_name% %level% %message% %context% %extra%", context, `2024-01-02T03:04:05.678900+01:00 messenger INFO 200 m {"user":"ada","7":true,"n":null} {"uid":"u1"}`},
		{"line feed at the end", "%message%\n", context, "m"},
		{"line feed spelled out", `%message%\n`, context, "m"},
		{"no placeholder", "fixed", context, "fixed"},
		{"keys", "%context.user%|%context.7%|%context.n%|%context.none%|%extra.uid%|%context%|%extra%", context, `ada|true|NULL||u1|[]|[]`},
		{"one key", "%context.user% %context%", context, `ada {"7":true,"n":null}`},
		{"first of a list", "%context.0% %context%", `a:{i:0;s:"a";i:1;s:"b";}`, `a {"1":"b"}`},
		{"last of a list", "%context.1% %context%", `a:{i:0;s:"a";i:1;s:"b";}`, `b ["a"]`},
		{"what is left is a list", "%context.k% %context%", `a:{i:0;s:"a";s:"k";s:"b";}`, `b ["a"]`},
		{"key of many", "%context.0% %context.1000%", `a:{` + items(1001) + `}`, `1 `},
		{"values of keys", "%context.a%|%context.b%|%context.c%|%context.d%", `a:{s:"a";d:1;s:"b";d:0.30000000000000004;s:"c";a:{i:0;i:1;}s:"d";s:"x` + "\r\n" + `y";}`, `1|0.3|[1]|x y`},
		{"date as a key", "%context.k%", in(`O:"DateTime":{s:"date";s:"2020-01-01 00:00:00.000000";s:"timezone_type";i:3;s:"timezone";s:"UTC";}`), `2020-01-01T00:00:00+00:00`},
		{"exception as a key", "%context.k%", in(previousException), `[object] (TypeError(code: 3): te at /w/t1.php:24) [previous exception] [object] (ErrorException(code: 1): e e at /f.php:7)`},
		{"object as a key", "%context.k%", in(`O:"stdClass":{s:"a";i:1;}`), `{"stdClass":{"a":1}}`},
		{"percent signs", "100% %message% 100%", context, `100% m 100%`},
		{"placeholder made by two", "%channel%%message%", context, `messengerm`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecord(t, "m", tt.context)
			r.Extra = parse(t, `a:{s:"uid";s:"u1";}`)
			if got := string(mustNew(t, "line", Options{LineFormat: tt.format}).Append(nil, r)); got != tt.want+"\n" {
				t.Errorf("got %swant %s", got, tt.want)
			}
		})
	}
}
