//go:build integration && linux

package cli_test

import (
	"testing"

	"envelog/internal/redistest"
)

// TestOnCallAPHPWorkerDiedWithPendingEntries: nobody else may know that it is dead, so that a person says so.
func TestOnCallAPHPWorkerDiedWithPendingEntries(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.run(0, "envelog messenger:setup-transports")
	for n := range 3 {
		i.publish(n)
	}
	i.server.Do("XREADGROUP", "GROUP", "symfony", "php-7", "COUNT", 3, "STREAMS", "messages", ">")
	i.start()
	i.reports("envelog health --ready", `^healthy`)
	i.reports("envelog messenger:stats async", `async +0 +3 `)
	i.reports("envelog claim async --from php7", `has no consumer of that name: it has php-7, .*; is php-7 meant\?`)
	i.reports("envelog claim async --from php-7", `workers that run claim 3 messages of the consumer "php-7"`)
	i.written(3)
	i.stop()
}
