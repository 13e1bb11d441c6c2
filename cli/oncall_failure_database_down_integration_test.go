//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/dbtest"
	"envelog/internal/redistest"
)

func TestOnCallTheFailureDatabaseIsDown(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	database := dbtest.StartPostgreSQL(t)
	i.set("ENVELOG_DSN", "async="+dsnOf(i.server)+" failed="+database.URL(database.NewDatabase()))
	i.set("ENVELOG_FAILURE_TRANSPORT", "failed")
	database.Stop()
	i.start()
	i.server.Do("XADD", "messages", "*", "message", "hello")
	i.publish(0)
	i.says(`ERROR .*Cannot retry, park or keep messages that failed; they stay pending, and are tried again\..*connection refused.*is it running`)
	i.reports("envelog doctor", `problem +failure transport failed: .*connection refused.*\n +-> `)
	i.written(1) // the others go on
	i.happens()
	database.Restart()
	i.says(`ERROR .*Messages that failed can be retried, parked or kept again after`)
	i.says(`CRITICAL .*Sent to the failure transport failed\.`)
	i.reports("envelog messenger:failed:show", `There is 1 message pending`)
	i.stop()
}
