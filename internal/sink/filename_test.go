package sink

import (
	"strings"
	"testing"

	"envelog/internal/filename"
)

func TestParseFileName(t *testing.T) {
	for _, test := range []struct {
		name string
		want FileName
	}{
		{"app-2026-11-23.log", FileName{"app", "2026-11-23", 0, ""}},
		{"app-2026-11-23.1.log", FileName{"app", "2026-11-23", 1, ""}},
		{"app-2026-11-23.12.log.gz", FileName{"app", "2026-11-23", 12, Gzip}},
		{"app-2026-11-23.log.zst", FileName{"app", "2026-11-23", 0, Zstd}},
		{"overflow-2026-11-23.log", FileName{"overflow", "2026-11-23", 0, ""}},
		{"a-2026-11-22.5-2026-11-23.log", FileName{"a-2026-11-22.5", "2026-11-23", 0, ""}},
		{"a.log-2026-11-23.3.log", FileName{"a.log", "2026-11-23", 3, ""}},
		{"%empty-2026-11-23.log", FileName{"%empty", "2026-11-23", 0, ""}},
		{filename.Encode([]byte(strings.Repeat("x", 300))) + "-2026-11-23.log",
			FileName{filename.Encode([]byte(strings.Repeat("x", 300))), "2026-11-23", 0, ""}},
	} {
		got, ok := ParseFileName(test.name)
		if !ok || got != test.want || got.String() != test.name {
			t.Errorf("%q is %+v, %v", test.name, got, ok)
		}
	}
}

func TestForeignFileNames(t *testing.T) {
	for _, name := range []string{
		"", "app.log", "-2026-11-23.log", ".log", "app-2026-11-23", "app-2026-11-23.log.1", "app-2026-11-23.log.bz2",
		"app-2026-11-23.0.log", "app-2026-11-23.01.log", "app-2026-11-23.-1.log", "app-2026-11-23.+1.log",
		"app-2026-11-23.1000000000.log", "app-2026-11-23.1.2.log", "app-2026-13-23.log", "app-2026-02-30.log",
		"app-2026-1-2.log", "app-20261123.log", "a/b-2026-11-23.log", ".app-2026-11-23.log", ".app-2026-11-23.log.gz.part",
		"a b-2026-11-23.log", "app-2026-11-23.log.gz.gz", "app-2026-11-23..log", "app2026-11-23.log",
	} {
		if n, ok := ParseFileName(name); ok {
			t.Errorf("%q is %+v", name, n)
		}
	}
}

func FuzzParseFileName(f *testing.F) {
	for _, name := range []string{"app-2026-11-23.log", "%empty-2026-11-23.7.log.zst", "a-0000-01-01.log.gz"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if n, ok := ParseFileName(name); ok && (n.String() != name || n.Channel == "" || n.Number < 0) {
			t.Errorf("%q is %+v, %q", name, n, n)
		}
	})
}
