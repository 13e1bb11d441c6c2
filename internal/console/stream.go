package console

import (
	"errors"
	"io"
	"io/fs"
	"sync"
	"syscall"
)

// stream remembers the first write that failed. It may be used by several goroutines when to may.
type stream struct {
	to io.Writer

	mu    sync.Mutex
	first error
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if err != nil && !errors.Is(err, syscall.EPIPE) { // who closes a pipe wants no more
		s.remember(err)
	}
	return n, err
}

func (s *stream) remember(err error) {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // /dev/stdout is the name of no file that anybody chose
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = err
	}
}

func (s *stream) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}
