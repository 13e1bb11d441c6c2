package worker

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"envelog/internal/filetest"
)

// TestAFIFOIsNoStopSignal puts one where PHP's cache would be: opening it must not wait for somebody to write.
func TestAFIFOIsNoStopSignal(t *testing.T) {
	dir := t.TempDir()
	fifo, file := filepath.Join(dir, "a-fifo"), filepath.Join(dir, "b-file")
	filetest.Must(t, syscall.Mkfifo(fifo, 0o600), os.WriteFile(file, []byte("signal"), 0o600))
	if text, err := readSignalFiles(filepath.Join(dir, "*")); text != "signal" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
