//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

func TestOnCallRedisIsDownAtTheStart(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.server.Stop()
	i.start()
	i.says(`WARNING .*Redis fails; trying again until it recovers\..*connection refused \(is Redis running there\?.*the start waits 60 s for it at most`)
	i.reports("envelog health", `^healthy: consumer \S+ is waiting for Redis: .*connection refused`)
	i.run(1, "envelog health --ready")
	i.reports("envelog doctor", `problem +.*connection refused\n.*-> .*is Redis running there`)
	i.happens()
	i.server.Restart()
	i.says(`WARNING .*Redis has recovered after`)
	i.publish(0)
	i.written(1)
	i.stop()
}
