package sink

import (
	"errors"
	"fmt"
	"io/fs"
)

// mustHaveRoom refuses to write while less than MinFree is free. Nothing is wrong with a file then, so that none fails
// alone: all wait.
func (s *Sink) mustHaveRoom() error {
	if s.options.MinFree == 0 {
		return nil
	}
	_, free, err := s.fs.Space(s.options.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // whoever writes makes the directory
	}
	if err != nil {
		return dirError{step("ask for free space", err)}
	}
	if free < uint64(s.options.MinFree) {
		return dirError{fmt.Errorf("%d MiB of the disk are free, and %d MiB are to stay free: make room, or lower min-free", free>>20, s.options.MinFree>>20)}
	}
	return nil
}
