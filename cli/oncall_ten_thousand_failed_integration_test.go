//go:build integration && linux

package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"envelog/internal/redistest"
)

func TestOnCallTenThousandFailed(t *testing.T) {
	t.Parallel()
	const messages = 10_000
	i := newIncident(t, redistest.Start(t))
	i.set("ENVELOG_DSN", "async="+dsnOf(i.server)+" failed=redis://"+i.server.Addr+"/failed")
	i.set("ENVELOG_FAILURE_TRANSPORT", "failed")
	i.set("ENVELOG_UNKNOWN", "fail")
	good := numbered(t)
	publishEach(t, i.server, messages, func(n int) []byte { return bytes.ReplaceAll(good(n), []byte("channel"), []byte("chennal")) })
	i.start("--stop-when-empty", "--max-retries=0")
	i.says(`CRITICAL .*Error thrown while handling message .*name the right one with --map channel=PROPERTY.*Sent to the failure transport failed\.`)
	again := i.says(`(?m)CRITICAL .*Error thrown while handling \d+ more messages .* within .*Sent to the failure transport failed\. When the cause is mended: (envelog messenger:failed:retry --all)`)[1]
	i.ends(0)
	if n := strings.Count(i.w.stderr.String(), "CRITICAL"); n > 20 {
		t.Errorf("%d lines", n)
	}
	i.reports("envelog doctor", `warning +failure transport failed: reachable, with 10000 messages that have failed`)
	i.run(1, again) // too early: all of them stay
	i.reports("envelog doctor", `warning +failure transport failed: reachable, with 10000 messages that have failed`)
	i.set("ENVELOG_MAP", "channel=chennal")
	began := time.Now()
	i.run(0, again)
	t.Logf("written after %v", time.Since(began))
	i.written(messages)
	i.reports("envelog doctor", `ok +failure transport failed: reachable, with 0 messages`)
}
