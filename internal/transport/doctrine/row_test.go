package doctrine

import (
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"envelog/transport"
)

func TestDecodeHeaders(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []transport.Header
	}{
		{"none", "[]", nil},
		{"an empty map", "{}", nil},
		{"in their order", `{"type":"App\\A","X-Message-Stamp-B":"[{\"a\":1}]","a":"\u00e9\/\ud83d\ude00"}`, []transport.Header{{Name: "type", Value: `App\A`}, {Name: "X-Message-Stamp-B", Value: `[{"a":1}]`}, {Name: "a", Value: "é/😀"}}},
		{"a list", `["a","b"]`, []transport.Header{{Name: "0", Value: "a"}, {Name: "1", Value: "b"}}},
		{"values that are no strings", `{"n":3,"f":1.50,"b":true,"z":null,"m":{"x": [1]}}`, []transport.Header{{Name: "n", Value: "3"}, {Name: "f", Value: "1.50"}, {Name: "b", Value: "true"}, {Name: "z", Value: "null"}, {Name: "m", Value: `{"x": [1]}`}}},
		{"null", "null", nil},
		{"empty text", "", nil},
		{"a string", `"x"`, nil},
		{"cut off", `{"type":"App`, nil},
		{"no JSON", "O:8:\"stdClass\":0:{}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeHeaders([]byte(tt.text)); !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("decodeHeaders(%s) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestEncodeHeaders(t *testing.T) {
	for _, tt := range []struct {
		name    string
		headers []transport.Header
		want    string
	}{
		{"none", nil, "[]"},
		{"as json_encode", []transport.Header{{Name: "type", Value: `App\A/B`}, {Name: "é", Value: "\"\b\f\n\r\t\x00\x1f\x7f<&>'\u2028😀"}}, `{"type":"App\\A\/B","\u00e9":"\"\b\f\n\r\t\u0000\u001f` + "\x7f" + `<&>'\u2028\ud83d\ude00"}`},
		{"no UTF-8", []transport.Header{{Name: "a", Value: "\xff"}}, `{"a":"\ufffd"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := encodeHeaders(tt.headers); got != tt.want {
				t.Fatalf("encodeHeaders = %s, want %s", got, tt.want)
			}
		})
	}
}

// FuzzHeaders: what is read can be written and read again, and is the same.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{"[]", `{"a":"b"}`, `["x",1,null]`, `{"a":{"b":[]}}`, "{", `{"a":"\ud83d"}`, `{"\u0000":" "}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		headers := decodeHeaders(text)
		for _, h := range headers {
			if !utf8.ValidString(h.Name) || !utf8.ValidString(h.Value) {
				return
			}
		}
		if again := decodeHeaders([]byte(encodeHeaders(headers))); !reflect.DeepEqual(again, headers) {
			t.Fatalf("%q became %q", headers, again)
		}
	})
}

func TestDue(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	for _, tt := range []struct {
		name  string
		delay time.Duration
		want  string
	}{
		{"at once", 0, "2026-01-02 03:04:05"},
		{"never before the delay is over", 1500 * time.Millisecond, "2026-01-02 03:04:08"},
		{"to the second", 400 * time.Millisecond, "2026-01-02 03:04:06"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := due(now, tt.delay).Format(layout); got != tt.want {
				t.Fatalf("due = %s, want %s", got, tt.want)
			}
		})
	}
}

// TestZone is the same moment as 5.4 in New York and newer versions write it.
func TestZone(t *testing.T) {
	zone := time.FixedZone("EST", -5*3600)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name string
		zone *time.Location
		want string
	}{{"UTC by default", nil, "2026-01-02 03:04:05"}, {"PHP's", zone, "2026-01-01 22:04:05"}} {
		t.Run(tt.name, func(t *testing.T) {
			s := &Transport{config: Config{Zone: tt.zone}}
			if got := s.datetime(at); got != tt.want {
				t.Fatalf("datetime = %s, want %s", got, tt.want)
			}
		})
	}
}

// TestIndexName has names that PHP gave.
func TestIndexName(t *testing.T) {
	for table, want := range map[string]string{
		"messenger_messages": "IDX_75EA56E0FB7336F0E3BD61CE16BA31DBBF396750",
		"other.msgs":         "IDX_F0F96480FB7336F0E3BD61CE16BA31DBBF396750",
		"MixedCase":          "IDX_14027360FB7336F0E3BD61CE16BA31DBBF396750",
		"msgs":               "IDX_5D0FFB2DFB7336F0E3BD61CE16BA31DBBF396750",
	} {
		if got := indexName(table); got != want {
			t.Errorf("indexName(%s) = %s, want %s", table, got, want)
		}
	}
}
