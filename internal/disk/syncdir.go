package disk

import (
	"errors"
	"os"
	"syscall"
)

// SyncDir makes the names in a directory survive a power cut. File systems that cannot do that for directories say
// EINVAL; nothing better is to be had there.
func SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // only read
	if err := d.Sync(); !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}
