package simfs

import (
	"testing"

	"envelog/internal/vfs"
	"envelog/internal/vfs/vfstest"
)

func TestLikeTheRealOne(t *testing.T) {
	vfstest.Run(t, func(t *testing.T) (vfs.FS, string) {
		p := New().Direct("test")
		if err := p.Mkdir("/log", 0o750); err != nil {
			t.Fatal(err)
		}
		return p, "/log"
	})
}
