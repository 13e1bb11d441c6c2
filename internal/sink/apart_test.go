package sink

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"envelog/internal/transport"
)

// TestAFileThatFailsAloneCanBeDropped has a directory, and a symbolic link, in the place of files.
func TestAFileThatFailsAloneCanBeDropped(t *testing.T) {
	day := time.Now()
	for _, test := range []struct {
		name string
		in   func(path string) error
		with bool // another file in the same commit
		want error
	}{
		{"directory, beside another file", func(path string) error { return os.Mkdir(path, 0o700) }, true, errNotRegular},
		{"directory, alone", func(path string) error { return os.Mkdir(path, 0o700) }, false, errNotRegular},
		{"symbolic link", func(path string) error { return os.Symlink("/dev/null", path) }, true, errSymlink},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := Open(Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			path := filepath.Join(dir, "db-"+day.Format("2006-01-02")+".log")
			if err := test.in(path); err != nil {
				t.Fatal(err)
			}
			s.Stage(0, &transport.Entry{ID: []byte("1-0")}, []byte("db"), day, []byte("lost?\n"))
			if test.with {
				s.Stage(0, &transport.Entry{ID: []byte("2-0")}, []byte("app"), day, []byte("fine\n"))
			}
			var commit *CommitError
			if err := s.Commit(); !errors.As(err, &commit) {
				t.Fatalf("commit = %v", err)
			}
			if !errors.Is(commit.Alone([]byte("1-0")), test.want) || commit.Alone([]byte("2-0")) != nil {
				t.Errorf("commit = %v", commit)
			}
			if s.Drop(); s.Staged() != 0 {
				t.Errorf("%d bytes stay staged", s.Staged())
			}
			if err := s.Commit(); err != nil {
				t.Errorf("the next commit = %v", err)
			}
		})
	}
}

func TestWhatIsWrongWithTheDiskIsNoFilesFault(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EROFS, syscall.EIO, syscall.ENOENT, syscall.EMFILE, syscall.ESTALE} {
		if (failedFile{&file{}, step("write", errno)}).failsAlone() {
			t.Errorf("%v is taken for the fault of one file", errno)
		}
	}
	if (failedFile{&file{laid: []span{{0, 1, 0}}}, syscall.EACCES}).failsAlone() {
		t.Error("lines that lie in the file would be dropped")
	}
}

// TestAllFilesFail has no file that can be written: the sink as a whole fails, and keeps the lines.
func TestAllFilesFail(t *testing.T) {
	dir, day := t.TempDir(), time.Now()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, channel := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, channel+"-"+day.Format("2006-01-02")+".log"), 0o700); err != nil {
			t.Fatal(err)
		}
		s.Stage(0, &transport.Entry{ID: []byte(channel)}, []byte(channel), day, []byte("line\n"))
	}
	var commit *CommitError
	if err := s.Commit(); !errors.As(err, &commit) || commit.Alone([]byte("a")) != nil || !commit.Unsaved([]byte("a")) {
		t.Fatalf("commit = %v", commit)
	}
	if s.Drop(); s.Staged() == 0 {
		t.Error("lines were dropped")
	}
}
