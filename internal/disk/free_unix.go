//go:build linux || darwin || freebsd

package disk

import "syscall"

// Space returns how many bytes the file system of path has, and how many of them one who is not root may still write.
func Space(path string) (total, free uint64, err error) {
	var st syscall.Statfs_t
	if err := Retry(func() error { return syscall.Statfs(path, &st) }); err != nil {
		return 0, 0, err
	}
	block := uint64(st.Bsize)
	return st.Blocks * block, uint64(st.Bavail) * block, nil //nolint:unconvert // a signed number on FreeBSD
}
