package console

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

// failing fails with each of its errors in turn; nil takes the bytes.
type failing []error

func (f *failing) Write(p []byte) (int, error) {
	err := (*f)[0]
	*f = (*f)[1:]
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func TestTheFirstErrorOfAWriteIsRemembered(t *testing.T) {
	write := func(err error) error { return &fs.PathError{Op: "write", Path: "/dev/stdout", Err: err} }
	out := &failing{nil, write(syscall.EPIPE), write(syscall.ENOSPC), write(syscall.EIO), nil}
	c := New(out, func(string) string { return "" })
	for i, want := range []error{nil, nil, syscall.ENOSPC, syscall.ENOSPC, syscall.ENOSPC} {
		c.Line("text")
		if err := c.WriteError(); !errors.Is(err, want) || err != nil && err.Error() != want.Error() {
			t.Errorf("after %d writes: %v, want %v", i+1, err, want)
		}
	}
}
