package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func openTwice(t *testing.T) (a, b File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	for _, f := range []*File{&a, &b} {
		opened, err := OS.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { opened.Close() })
		*f = opened
	}
	return a, b
}

func TestALockIsWaitedForWithALimit(t *testing.T) {
	a, b := openTwice(t)
	if err := Lock(a, 0); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := Lock(b, 2*time.Second); !errors.Is(err, ErrLocked) {
			t.Errorf("Lock of what is locked: %v", err)
		}
		if took := time.Since(begun); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("it was waited for %v", took)
		}
		time.AfterFunc(time.Second, func() { a.Unlock() })
		if err := Lock(b, 2*time.Second); err != nil {
			t.Errorf("Lock of what is unlocked meanwhile: %v", err)
		}
	})
}

func TestClosingUnlocks(t *testing.T) {
	a, b := openTwice(t)
	if err := errors.Join(a.TryLock(), a.Close(), b.TryLock()); err != nil {
		t.Error(err)
	}
}

func TestReserveKeepsContentAndNeverShortens(t *testing.T) {
	f, _ := openTwice(t)
	if _, err := f.WriteAt([]byte("content"), 0); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{100_000, 50} {
		if err := f.Reserve(size); err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil || info.Size != 100_000 {
			t.Errorf("size is %d (%v)", info.Size, err)
		}
	}
	var start [7]byte
	if _, err := f.ReadAt(start[:], 0); err != nil || string(start[:]) != "content" {
		t.Errorf("content is %q (%v)", start, err)
	}
	if err := f.Datasync(); err != nil {
		t.Error(err)
	}
}
