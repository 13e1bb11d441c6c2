package phpredis

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	short, long := `{"body":"</>"}`, strings.Repeat("x", 300)
	huge := strings.Repeat("x", 70000)
	for _, tt := range []struct {
		name string
		s    Serializer
		text string
		want string
	}{
		{"none", None, short, short},
		{"php", PHP, short, `s:14:"{"body":"</>"}";`},
		{"igbinary", Igbinary, short, "\x00\x00\x00\x02\x11\x0e" + short},
		{"igbinary, 2 bytes", Igbinary, long, "\x00\x00\x00\x02\x12\x01\x2c" + long},
		{"igbinary, 4 bytes", Igbinary, huge, "\x00\x00\x00\x02\x13\x00\x01\x11\x70" + huge},
		{"msgpack", Msgpack, short, "\xae" + short},
		{"msgpack, 8 bits", Msgpack, long[:200], "\xd9\xc8" + long[:200]},
		{"msgpack, 16 bits", Msgpack, long, "\xda\x01\x2c" + long},
		{"msgpack, 32 bits", Msgpack, huge, "\xdb\x00\x01\x11\x70" + huge},
		{"json", JSON, short, `"{\"body\":\"\u003C\/\u003E\"}"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.s.Wrap([]byte(tt.text))); got != tt.want {
				t.Fatalf("got %.200q, want %.200q", got, tt.want)
			}
		})
	}
}

func TestReadUndoesWrap(t *testing.T) {
	for s := None; s <= JSON; s++ {
		for _, n := range []int{0, 1, 31, 32, 255, 256, 65535, 65536} {
			text := make([]byte, n)
			for i := range text {
				text[i] = "<é\"\\/>"[i%7]
			}
			if s == JSON {
				text = []byte(string([]rune(string(text)))) // JSON holds text alone
			}
			r := Reader{Serializer: s}
			got, err := r.Read(s.Wrap(text))
			if err != nil || string(got) != string(text) {
				t.Errorf("%s, %d bytes: got %d bytes back, %v", s, n, len(got), err)
			}
		}
	}
}
