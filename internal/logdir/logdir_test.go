package logdir

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/vfs"
)

// TestAProbeLeavesNothing probes a directory, also where a process was killed within its probe.
func TestAProbeLeavesNothing(t *testing.T) {
	for _, left := range []bool{false, true} {
		dir := t.TempDir()
		if left {
			filetest.Must(t, os.WriteFile(filepath.Join(dir, probeName), []byte("half"), 0o600))
		}
		filetest.Must(t, Probe(vfs.OS, dir))
		filetest.WantNames(t, dir)
	}
}

// TestAProbeWritesToNoOtherFile has another name of somebody's file where the probe would be.
func TestAProbeWritesToNoOtherFile(t *testing.T) {
	dir, precious := t.TempDir(), filepath.Join(t.TempDir(), "precious")
	filetest.Must(t, os.WriteFile(precious, []byte("precious"), 0o600))
	filetest.Must(t, os.Link(precious, filepath.Join(dir, probeName)))
	filetest.Must(t, Probe(vfs.OS, dir))
	filetest.WantContent(t, precious, "precious")
	filetest.WantNames(t, dir)
}

// TestWorkersProbeAtTheSameTime has several begin at once, as a supervisor starts them.
func TestWorkersProbeAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	for range 50 {
		var workers sync.WaitGroup
		for range 8 {
			workers.Go(func() {
				if err := Probe(vfs.OS, dir); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
	}
}
