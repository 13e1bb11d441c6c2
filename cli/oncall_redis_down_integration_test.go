//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

func TestOnCallRedisGoesDown(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t, redistest.AOF()...))
	i.start()
	i.publish(0)
	i.written(1)
	i.happens()
	i.server.Kill()
	i.says(`WARNING .*Redis fails; trying again until it recovers\.`)
	i.says(`connection refused \(is Redis running there\?`)
	i.reports("envelog health", `^healthy: consumer \S+ is waiting for Redis`)
	i.reports("envelog health --ready", `^unhealthy: consumer \S+: .*connection refused`)
	i.happens()
	i.server.Restart(redistest.AOF()...)
	i.says(`WARNING .*Redis has recovered after`)
	i.publish(1)
	i.written(2)
	i.reports("envelog health --ready", `^healthy`)
	i.stop()
}
