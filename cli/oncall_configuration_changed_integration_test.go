//go:build integration && linux

package cli_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/redistest"
)

func TestOnCallTheConfigurationIsChanged(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	path := filepath.Join(t.TempDir(), "envelog.yaml")
	write := func(text string) { filetest.Must(t, os.WriteFile(path, []byte(text), 0o600)) }
	i.set("ENVELOG_CONFIG", path)
	write("keep-days: 7\n")
	i.start()
	i.reports("envelog health --ready", `^healthy`)

	write("keep-days: [\n")
	i.happens()
	filetest.Must(t, i.w.Process.Signal(syscall.SIGHUP))
	i.says(`ERROR .*The settings cannot be read again; those from before stay in force: .*envelog\.yaml:\d+: `)
	i.reports("envelog config --check", `envelog\.yaml:\d+: `)

	write("keep-days: 14\nformat: json\n")
	i.happens()
	filetest.Must(t, i.w.Process.Signal(syscall.SIGHUP))
	i.says(`WARNING .*Settings have changed that need a restart: format\.`)
	i.says(`WARNING .*Settings have changed, and are in force: keep-days\.`)
	i.run(0, "envelog config --check")
	i.stop()
	i.start()
	i.publish(0)
	i.written(1)
	i.reports("cat "+i.dir+"/*.log", `^\{"message":`)
	i.stop()
}
