//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

// TestOnCallRedisIsFull: the application cannot log any more, while what is on the stream is written.
func TestOnCallRedisIsFull(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.start()
	i.publish(0)
	i.written(1)
	i.happens()
	i.server.Do("CONFIG", "SET", "maxmemory", "100kb")
	i.says(`WARNING .*Cannot write this consumer's heartbeat.*OOM command not allowed.*the server has no memory left: raise maxmemory, or start another worker`)
	i.reports("envelog doctor", `warning +Redis of async: .* of 100 KiB of its memory are used\n +-> raise maxmemory`)
	i.happens()
	i.server.Do("CONFIG", "SET", "maxmemory", "0")
	i.says(`WARNING .*This consumer's heartbeat is written again after`)
	i.publish(1)
	i.written(2)
	i.reports("envelog health --ready", `^healthy`)
	i.stop()
}
