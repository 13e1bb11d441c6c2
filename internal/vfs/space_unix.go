//go:build linux || darwin || freebsd

package vfs

import "syscall"

// space is FS.Space.
func space(path string) (total, free uint64, err error) {
	var st syscall.Statfs_t
	if err := retry(func() error { return syscall.Statfs(path, &st) }); err != nil {
		return 0, 0, pathError("statfs", path, err)
	}
	block := uint64(st.Bsize)
	return st.Blocks * block, uint64(st.Bavail) * block, nil //nolint:unconvert // a signed number on FreeBSD
}
