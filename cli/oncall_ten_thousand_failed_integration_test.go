//go:build integration && linux

package cli_test

import (
	"strings"
	"testing"
	"time"

	"envelog/internal/redistest"
)

func TestOnCallTenThousandFailed(t *testing.T) {
	const messages = 10_000
	i := newIncident(t, redistest.Start(t))
	i.set("ENVELOG_DSN", "async="+dsnOf(i.server)+" failed=redis://"+i.server.Addr+"/failed")
	i.set("ENVELOG_FAILURE_TRANSPORT", "failed")
	publishEach(t, i.server, messages, func(int) []byte { return []byte("hello") })
	i.start("--stop-when-empty")
	i.ends(0)
	i.says(`CRITICAL .*Error thrown while handling message of unknown class.*Sent to the failure transport failed\.`)
	i.says(`CRITICAL .*Error thrown while handling \d+ more messages of unknown class within .*Sent to the failure transport failed\. When the cause is mended: envelog messenger:failed:retry --all`)
	if n := strings.Count(i.w.stderr.String(), "CRITICAL"); n > 20 {
		t.Errorf("%d lines", n)
	}
	i.reports("envelog doctor", `warning +failure transport failed: reachable, with 10000 messages that have failed`)
	began := time.Now()
	i.run(0, "envelog messenger:failed:remove --all --force")
	t.Logf("removed after %v", time.Since(began))
	i.reports("envelog doctor", `ok +failure transport failed: reachable, with 0 messages`)
}
