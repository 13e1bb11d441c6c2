//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

func TestOnCallRedisHangs(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.start()
	i.publish(0)
	i.written(1)
	i.happens()
	i.server.Pause()
	i.says(`WARNING .*Redis fails; trying again until it recovers\..*(timeout|no answer)`)
	i.reports("envelog health", `^healthy: consumer \S+ is waiting for Redis: .*(timeout|no answer)`)
	i.happens()
	i.server.Resume()
	i.says(`WARNING .*Redis has recovered after`)
	i.publish(1)
	i.written(2)
	i.stop()
}
