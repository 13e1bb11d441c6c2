//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

func TestOnCallTheWorkerIsKilled(t *testing.T) {
	t.Parallel()
	const messages = 5000
	i := newIncident(t, redistest.Start(t))
	publishNumbered(t, i.server, messages)
	i.start("--fetch-size=50")
	eventually(t, "lines", func() bool { return len(numbers(t, i.dir)) > 100 })
	_, _ = i.w.Process.Kill(), i.w.Wait()
	i.reports("envelog health --max-age=0.1", `^unhealthy: consumer \S+: it has not been heard of for`)
	i.start()
	i.written(messages)
	i.reports("envelog health --ready", `^healthy`)
	i.stop()
}
