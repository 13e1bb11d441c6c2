//go:build integration && linux

package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/redistest"
)

// TestOnCallAFileIsOfAnotherUser: its messages fail, and others are written; what was kept comes back.
func TestOnCallAFileIsOfAnotherUser(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	asNobody(t, i)
	filetest.Must(t, os.Mkdir(i.dir, 0o755), os.Chown(i.dir, nobody, nobody)) //nolint:gosec // as others have it
	i.start("--max-retries=0")
	i.publish(0)
	i.written(1)
	files, err := filepath.Glob(filepath.Join(i.dir, "*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	i.stop()
	filetest.Must(t, os.Chown(files[0], 0, 0), os.Chmod(files[0], 0o600))
	i.start("--max-retries=0")
	i.happens()
	i.publish(1)
	again := i.says(`(?m)CRITICAL .*permission denied.* Kept in \S+; when the cause is mended: (envelog rejected:retry \S+ --log-dir=\S+)`)[1]
	i.reports("envelog rejected:list", `permission denied`)
	filetest.Must(t, os.Chown(files[0], nobody, nobody))
	i.stop()
	i.run(0, again)
	i.written(2)
}
