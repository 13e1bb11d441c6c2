package usage_test

import (
	"testing"

	"envelog/internal/usage"
)

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
