package doctor

import (
	"strings"
	"testing"
)

func TestTimeZonesAreCompared(t *testing.T) {
	for _, test := range []struct{ embedded, host, want string }{
		{"2026f", "2026g", "the machine's tz database 2026g is newer than the 2026f that envelog carries, and is used"},
		{"2026f", "2025b", "tz database 2026f, which envelog carries (the machine has 2025b)"},
		{"2026f", "", "tz database 2026f, which envelog carries (the machine has none)"},
	} {
		var found Findings
		examineZones(&found, test.embedded, test.host)
		if !found.Healthy() || !strings.Contains(found[0].Text, test.want) {
			t.Errorf("%s and %s: %v, want %s", test.embedded, test.host, found, test.want)
		}
	}
}
