//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

// TestOnCallThePasswordIsChanged while a worker runs: connections that were open go on, new ones are refused.
func TestOnCallThePasswordIsChanged(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.start()
	i.publish(0)
	i.written(1)
	eventually(t, "the acknowledgement", func() bool { return i.server.Do("XLEN", "messages") == int64(0) }) // else a stop waits for it
	i.happens()
	i.server.Do("CONFIG", "SET", "requirepass", "new")
	i.run(0, "redis-cli -p "+i.server.Port()+" -a new CLIENT KILL TYPE normal")
	i.says(`WARNING .*Redis (still )?fails.*NOAUTH.*\(the server wants a password: write user:password@ before the host of the DSN`)
	i.reports("envelog health", `^healthy: consumer \S+ is waiting for Redis: .*NOAUTH`)
	i.reports("envelog doctor", `problem +.*NOAUTH.*\n.*-> the server wants a password`)
	i.stop()
	i.set("ENVELOG_DSN", "async=redis://default:new@"+i.server.Addr+"/messages")
	i.start()
	i.reports("envelog health --ready", `^healthy`)
	i.stop()
}
