package vfs

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestNoMemoryForALockIsNoLackOfLocks(t *testing.T) {
	for _, tt := range []struct {
		errno   syscall.Errno
		isLocal bool
		want    error
	}{
		{syscall.ENOLCK, true, syscall.ENOLCK},
		{syscall.ENOLCK, false, ErrNoLocks},
		{syscall.EOPNOTSUPP, true, ErrNoLocks},
		{syscall.EWOULDBLOCK, true, ErrLocked},
		{syscall.EIO, false, syscall.EIO},
	} {
		if got := explainFlock(tt.errno, func() bool { return tt.isLocal }); !errors.Is(got, tt.want) {
			t.Errorf("%v, local: %v: %v, want %v", tt.errno, tt.isLocal, got, tt.want)
		}
	}
}

// TestInsist has locks that are refused for a while, or always.
func TestInsist(t *testing.T) {
	for _, refusal := range []error{ErrNoLocks, &os.PathError{Op: "flock", Path: "x", Err: syscall.ENOLCK}} {
		for refused, want := range map[int]error{0: nil, 4: nil, 5: refusal} {
			synctest.Test(t, func(t *testing.T) {
				tries, begun := 0, time.Now()
				err := Insist(func() error {
					if tries++; tries <= refused {
						return refusal
					}
					return nil
				})
				if !errors.Is(err, want) || want == nil && err != nil || time.Since(begun) > time.Second {
					t.Errorf("%v refused %d times: %v after %v", refusal, refused, err, time.Since(begun))
				}
			})
		}
	}
}
