//go:build integration && linux

package cli_test

import (
	"strings"
	"testing"

	"envelog/internal/redistest"
)

func TestOnCallThePasswordIsWrong(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t, "--requirepass", "right"))
	i.set("ENVELOG_DSN", "async=redis://wrong@"+i.server.Addr+"/messages")
	i.start()
	i.ends(1)
	i.says(`(?m)^\d\d:\d\d:\d\d CRITICAL +\[messenger\] .*WRONGPASS.*check the user and the password of the DSN`)
	if said := strings.TrimSpace(i.w.stderr.String()); strings.Contains(said, "\n") || strings.Contains(said, "wrong@") {
		t.Errorf("more is said than one line, or the password:\n%s", said)
	}
	i.reports("envelog doctor", `problem +.*WRONGPASS.*\n.*-> .*password`)
	i.set("ENVELOG_DSN", "async=redis://right@"+i.server.Addr+"/messages")
	i.start()
	i.reports("envelog health --ready", `^healthy`)
	i.stop()
}
