package filetest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk mounts a tmpfs with these mount options, such as "size=256k", until the test ends, and returns its path. It needs
// root.
func Disk(t testing.TB, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatalf("mount tmpfs: %v (this test needs root)", err)
	}
	t.Cleanup(func() { Must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// FillDisk writes a file until the disk is full, and returns its path.
func FillDisk(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	Must(t, err)
	defer func() { _ = f.Close() }()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return path
}
