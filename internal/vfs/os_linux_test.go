package vfs

import (
	"os"
	"testing"
)

// TestLocalFileSystems looks at some that Linux always has.
func TestLocalFileSystems(t *testing.T) {
	for dir, want := range map[string]bool{"/dev/shm": true, "/proc": false} {
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := isLocal(int(f.Fd())); got != want {
			t.Errorf("%s: %v", dir, got)
		}
		f.Close()
	}
}
