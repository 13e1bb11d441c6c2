//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

// TestOnCallTheMemoryLimit: the worker ends in good order, and the supervisor starts it again, as with PHP's.
func TestOnCallTheMemoryLimit(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.publish(0)
	i.start("--memory-limit=1M", "-vv")
	i.ends(0)
	i.says(`INFO .*Worker stopped due to memory limit of 1048576 bytes exceeded \(\d+ bytes used\)`)
	i.says(`NOTICE .*from start to stop: `)
	i.start("--memory-limit=1G")
	i.publish(1)
	i.written(2)
	i.stop()
}
