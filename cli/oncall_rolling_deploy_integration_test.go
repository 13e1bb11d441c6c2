//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

// TestOnCallARollingDeploy starts the next worker before it stops the one before, under load.
func TestOnCallARollingDeploy(t *testing.T) {
	t.Parallel()
	const messages, workers = 9000, 3
	i := newIncident(t, redistest.Start(t))
	i.start("-v", "--fetch-size=50")
	for n := range workers {
		for k := range messages / workers {
			i.publish(n*messages/workers + k)
		}
		before := i.w
		i.start("-v", "--fetch-size=50")
		i.w, before = before, i.w
		i.happens()
		i.stop()
		i.says(`NOTICE .*from start to stop: \d+ received, \d+ written, 0 failed`)
		i.w = before
	}
	i.written(messages)
	i.stop()
}
