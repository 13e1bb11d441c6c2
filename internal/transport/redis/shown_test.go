package redis

import (
	"slices"
	"strings"
	"testing"
)

func TestShown(t *testing.T) {
	for _, tc := range []struct{ dsn, want string }{
		{"redis://redis:6379/logs?delete_after_ack=1", "redis://redis:6379/logs?delete_after_ack=1"},
		{"redis://[::1]:6380/logs/{g}/c", "redis://[::1]:6380/logs/{g}/c"},
		{"redis:///run/redis.sock?stream=logs", "redis:///run/redis.sock?stream=logs"},
		{"redis:?host[h1:26379]&host[/run/s.sock:]&sentinel=mm", "redis:?host[h1:26379]&host[/run/s.sock:]&sentinel=mm"},
		{"redis://h/s#note", "redis://h/s"},

		// passwords where they belong
		{"redis://geheim@redis", "redis://***@redis"},
		{"rediss://user:geheim@redis?timeout=1", "rediss://***@redis?timeout=1"},
		{"redis:geheim@/var/run/redis.sock", "redis:***@/var/run/redis.sock"},
		{"redis://a:1,redis://:geheim@b:2", "redis://a:1,redis://***@b:2"},
		{"redis://h?auth=geheim&stream=x", "redis://h?auth=***&stream=x"},
		{"redis://h?%61uth=geheim", "redis://h?%61uth=***"},
		{"redis://h?auth[0]=u&auth[1]=geheim", "redis://h?auth[0]=***&***"},
		{"redis://h?ssl[passphrase]=geheim&ssl[cafile]=/x", "redis://h?ssl[passphrase]=***&ssl[cafile]=/x"},

		// and where they do not
		{"redis://:geh/eim@w/x?y@redis/logs", "redis://***"},
		{"redis://:x@geheim@redis", "redis://***"},
		{"redis://h?auth=x@geheim", "redis://***"},
		{"redis://h?auth=x&geheim=1", "redis://h?auth=***&***"},
		{"redis://h?geheim", "redis://h?***"},
		{"redis://h?auht=geheim", "redis://h?auht=***"},
		{"redis://h?auth =geheim", "redis://h?***"},
		{"redis://h?dbindex=geheim", "redis://h?dbindex=***"},
		{"redis://h?timeout=1e3geheim", "redis://h?timeout=***"},
		{"redis://h?stream=ge heim!", "redis://h?stream=***"},
		{"redis://h?%zz=geheim", "redis://h?***"},
		{"redis://user:geheim/s", "redis://***"},
		{"redis://user:geheim:6379/s", "redis://***"},
		{"redis://:1234/s", "redis://***"},
		{"redis:geheim", "redis:***"},
		{"redis://x:1#geheim@h", "redis://***"},
		{"redis://:ge,heim@h", "redis://***"},
		{"redis://:geheim@h\n# a comment\n", "redis://***"},
	} {
		if got := Shown(tc.dsn); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.dsn, got, tc.want)
		}
	}
}

// TestEveryOptionIsShownOrSecret holds the list of what may be shown against that of the options.
func TestEveryOptionIsShownOrSecret(t *testing.T) {
	for name := range setters() {
		secret := slices.Contains([]string{"auth", "ssl"}, name) // ssl has a list of its own
		if _, may := shown()[name]; may == secret {
			t.Errorf("the option %s is shown: %t", name, may)
		}
	}
}

// FuzzShown checks that no part of a password is left, whatever characters it has, where PHP would read one.
func FuzzShown(f *testing.F) {
	for _, password := range []string{"", "a@b", "a/b?c=d&e", "%00\n", "=", ",h", "#", "x:1#@", "&stream=x", "&auth=y@"} {
		f.Add(password, true)
		f.Add(password, false)
	}
	f.Fuzz(func(t *testing.T, password string, inQuery bool) {
		const mark = "geheim"
		if slices.ContainsFunc(strings.Split(password, ",")[1:], SupportsDSN) { // the DSN of another node, as far as anyone can tell
			return
		}
		dsn := "redis://user:" + mark + password + "@host/stream?timeout=1"
		if inQuery {
			dsn = "redis://host/stream?timeout=1&auth=" + mark + password + mark
		}
		got := Shown(dsn)
		_, last, _ := strings.Cut(password, "&") // what has the name of an option that may be shown, with a value for it, is taken for that option
		if strings.Contains(got, mark) && !(inQuery && strings.Contains(last, "=")) {
			t.Errorf("%q is shown as %q", dsn, got)
		}
	})
}
