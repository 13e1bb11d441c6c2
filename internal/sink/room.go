package sink

import (
	"errors"
	"fmt"
	"io/fs"

	"envelog/internal/quantity"
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
		return dirError{fmt.Errorf("%s of the disk are free, and %s are to stay free: make room, or lower min-free", quantity.Bytes(free), quantity.Bytes(uint64(s.options.MinFree)))}
	}
	return nil
}
