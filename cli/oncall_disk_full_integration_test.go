//go:build integration && linux

package cli_test

import (
	"os"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/redistest"
)

func TestOnCallTheDiskIsFull(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.dir = filetest.Disk(t, "size=24m")
	i.set("ENVELOG_LOG_DIR", i.dir)
	i.start()
	i.publish(0)
	i.written(1)
	filler := filetest.FillDisk(t, i.dir)
	i.happens()
	for n := range 20 {
		i.publish(n + 1)
	}
	i.says(`WARNING .*Writing failed; reading pauses until it works, and nothing is lost\..*no space left on device`)
	i.reports("envelog health", `^healthy: consumer \S+ is waiting for the disk: .*no space left on device`)
	i.run(1, "envelog health --ready")
	i.reports("envelog doctor", `problem +log directory: .*no space left on device\n +-> the disk is full: delete old logs, or enlarge it`)
	i.happens()
	filetest.Must(t, os.Remove(filler))
	i.says(`WARNING .*Writing works again after .*, \d+ messages? waited\.`)
	i.written(21)
	i.stop()
}
