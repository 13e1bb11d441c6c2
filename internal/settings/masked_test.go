package settings

import (
	"strings"
	"testing"
)

func TestMasked(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"var/log", "var/log"},
		{"redis://redis:6379/logs?delete_after_ack=1", "redis://redis:6379/logs?delete_after_ack=1"},
		{"redis://pw@redis", "redis://***@redis"},
		{"redis://:p@w/x?y@redis/logs", "redis://***@redis/logs"},
		{"rediss://user:pw@redis?timeout=1", "rediss://***@redis?timeout=1"},
		{"redis:pw@/var/run/redis.sock", "redis:***@/var/run/redis.sock"},
		{"redis://a:1,redis://:pw@b:2", "redis://***@b:2"},
		{"a=redis://pw@redis", "a=redis://***@redis"},
		{"redis://h?auth=pw&stream=x", "redis://h?auth=***&stream=x"},
		{"redis://h?%61uth=pw", "redis://h?%61uth=***"},
		{"redis://h?auth[0]=u&auth[1]=pw", "redis://h?auth[0]=***&auth[1]=***"},
		{"redis://h?ssl[passphrase]=pw&ssl[cafile]=x", "redis://h?ssl[passphrase]=***&ssl[cafile]=x"},
		{"sqs://h?secret_key=pw", "sqs://h?secret_key=***"},
		{"redis://h?%zz=pw", "redis://h?%zz=***"},
		{"why?auth=x", "why?auth=x"},
	} {
		if got := Masked(tc.text); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.text, got, tc.want)
		}
	}
}

// FuzzMasked checks that no part of a password is left, whatever characters it has, where PHP would read one.
func FuzzMasked(f *testing.F) {
	for _, password := range []string{"", "a@b", "a/b?c=d&e", "%00\n", "=", ",redis://h", "#"} {
		f.Add(password, true)
		f.Add(password, false)
	}
	f.Fuzz(func(t *testing.T, password string, inQuery bool) {
		const mark = "geheim"
		dsn := "redis://user:" + mark + password + "@host/stream?timeout=1"
		if inQuery {
			if strings.Contains(password, "&") { // it would begin another parameter
				return
			}
			dsn = "redis://host/stream?timeout=1&auth=" + mark + password
		}
		if got := Masked(dsn); strings.Contains(got, mark) {
			t.Errorf("%q is shown as %q", dsn, got)
		}
	})
}
