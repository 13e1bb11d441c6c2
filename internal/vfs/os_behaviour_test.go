package vfs_test

import (
	"testing"

	"envelog/internal/vfs"
	"envelog/internal/vfs/vfstest"
)

func TestOS(t *testing.T) {
	vfstest.Run(t, func(t *testing.T) (vfs.FS, string) { return vfs.OS, t.TempDir() })
}
