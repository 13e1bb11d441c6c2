package usage_test

import (
	"testing"

	"envelog/internal/usage"
)

func TestGive(t *testing.T) {
	for want, settings := range map[string][]string{
		"give --log-dir":                {"log-dir"},
		"give --log-dir and --sync":     {"log-dir", "sync"},
		"give --dsn, --class and --map": {"dsn", "class", "map"},
	} {
		if got := usage.Give(settings...); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	names := []string{"batch", "interval", "never"}
	for wrong, want := range map[string]string{
		"btach": ` Did you mean "batch"?`, "intervall": ` Did you mean "interval"?`, "inter": ` Did you mean "interval"?`, "always": "", "": "",
	} {
		if got := usage.DidYouMean(wrong, names, ""); got != want {
			t.Errorf("%q: %q, want %q", wrong, got, want)
		}
	}
}
