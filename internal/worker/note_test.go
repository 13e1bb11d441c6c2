package worker

import (
	"os"
	"path/filepath"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/health"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// TestNoteFollowsNoLink has a neighbour exchange the directory of the note for a link, and put another name of a file of
// somebody else where the note is.
func TestNoteFollowsNoLink(t *testing.T) {
	logDir, victim := t.TempDir(), t.TempDir()
	precious := filepath.Join(victim, "precious")
	filetest.Must(t, os.WriteFile(precious, []byte("precious"), 0o600))
	n := &noting{open: func() (*statedir.Dir, error) { return statedir.Open(vfs.OS, logDir, 0o750) }}
	n.Note = health.Note{Monitor: health.NewMonitor("web-1", "1.2.3", 0), Name: statedir.HealthFile("web-1"), Dir: n.current}
	path := filepath.Join(statedir.Path(logDir), n.Name)
	n.Write()
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Fatalf("the note is not there: %v", err)
	}
	filetest.Must(t, os.Remove(path), os.Link(precious, path))
	n.Write()
	filetest.WantContent(t, precious, "precious")
	filetest.Must(t, os.Rename(statedir.Path(logDir), filepath.Join(logDir, "gone")), os.Symlink(victim, statedir.Path(logDir)))
	n.Write()
	filetest.WantNames(t, victim, "precious")
	filetest.Must(t, os.Remove(statedir.Path(logDir)))
	n.Write()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("after the link is gone the note is not there: %v", err)
	}
	filetest.Must(t, n.dir.Close())
}
