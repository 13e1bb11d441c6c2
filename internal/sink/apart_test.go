package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"envelog/internal/filetest"
	"envelog/internal/vfs"
	"envelog/transport"
)

// TestAFileThatFailsAloneCanBeDropped has a directory, and a symbolic link, instead of files.
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
			if !errors.Is(commit.Alone(0, []byte("1-0")), test.want) || commit.Alone(0, []byte("2-0")) != nil {
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
	for _, err := range []error{
		syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.ESTALE,
		journalError{syscall.EACCES}, step("open", dirError{syscall.ENOENT}), noRoom(t),
	} {
		if (failedFile{&file{}, err}).mayFailAlone() {
			t.Errorf("%v is taken for the fault of one file", err)
		}
	}
	if (failedFile{&file{laid: []span{{0, 1, 0}}}, syscall.EACCES}).mayFailAlone() {
		t.Error("lines that lie in the file would be dropped")
	}
}

// TestTwoFilesThatFailAreStillTwoFiles has no file that can be written in a directory that works: each fails by itself.
func TestTwoFilesThatFailAreStillTwoFiles(t *testing.T) {
	dir, day := t.TempDir(), time.Now()
	s := openWith(t, Options{Dir: dir, Journal: "test", Sources: []string{"stream"}})
	for _, channel := range []string{"a", "b"} {
		filetest.Must(t, os.Mkdir(filepath.Join(dir, channel+"-"+day.Format("2006-01-02")+".log"), 0o700))
		s.Stage(0, &transport.Entry{ID: []byte(channel)}, []byte(channel), day, []byte("line\n"))
	}
	var commit *CommitError
	if err := s.Commit(); !errors.As(err, &commit) || commit.Alone(0, []byte("a")) == nil || commit.Alone(0, []byte("b")) == nil {
		t.Fatalf("commit = %v", err)
	}
	if s.Drop(); s.Staged() != 0 {
		t.Error("lines stay staged")
	}
}

// TestTheDirectoryFails has the directory, its journal, or what its link leads to go away: no file is to blame, and nothing
// is dropped; it goes on when that is mended.
func TestTheDirectoryFails(t *testing.T) {
	for _, tt := range []struct {
		name         string
		break_, mend func(logs, target string) error
		want         string
	}{
		{"its target is gone", func(_, target string) error { return os.Rename(target, target+".old") },
			func(_, target string) error { return os.Rename(target+".old", target) }, "create it, or what its symbolic link leads to"},
		{"a file is in its place", func(logs, _ string) error {
			return errors.Join(os.Remove(logs), os.WriteFile(logs, nil, 0o600))
		}, func(logs, target string) error { return errors.Join(os.Remove(logs), os.Symlink(target, logs)) }, "not a directory"},
		{"the lock is a directory", func(logs, _ string) error {
			lock := filepath.Join(logs, ".envelog", "directory.lock")
			return errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700))
		}, func(logs, _ string) error { return os.Remove(filepath.Join(logs, ".envelog", "directory.lock")) }, "directory.lock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := t.TempDir()
			logs, target := filepath.Join(base, "log"), filepath.Join(base, "target")
			filetest.Must(t, os.Mkdir(target, 0o750), os.Symlink(target, logs))
			s := openWith(t, Options{Dir: logs, Journal: "test", Sources: []string{"stream"}})
			stage(s, "1-0", "app", "one\n")
			commit(t, s)
			filetest.Must(t, tt.break_(logs, target))
			stage(s, "2-0", "app", "two\n")
			stage(s, "3-0", "db", "three\n")
			failed := failing(t, s)
			if failed.Alone(0, []byte("2-0")) != nil || !strings.Contains(failed.Error(), tt.want) {
				t.Errorf("commit = %v", failed)
			}
			filetest.Must(t, tt.mend(logs, target))
			commit(t, s)
			filetest.WantContent(t, filepath.Join(target, "app-2026-11-23.log"), "one\ntwo\n")
		})
	}
}

// foldingFS is a directory that takes no notice of case.
type foldingFS struct{ vfs.FS }

func (f foldingFS) OpenFile(path string, flag int, mode fs.FileMode) (vfs.File, error) {
	return f.FS.OpenFile(f.fold(path), flag, mode)
}
func (f foldingFS) Lstat(path string) (vfs.Info, error) { return f.FS.Lstat(f.fold(path)) }

// fold returns the name that is there already, if there is one.
func (f foldingFS) fold(path string) string {
	names, _ := f.ReadDir(filepath.Dir(path))
	for _, name := range names {
		if strings.EqualFold(name, filepath.Base(path)) {
			return filepath.Join(filepath.Dir(path), name)
		}
	}
	return path
}

// TestADirectoryThatTakesNoNoticeOfCase has two channels share a file.
func TestADirectoryThatTakesNoNoticeOfCase(t *testing.T) {
	for _, journal := range []string{"test", ""} {
		dir := t.TempDir()
		s := openWith(t, Options{Dir: dir, FS: foldingFS{vfs.OS}, Journal: journal, Sources: []string{"stream"}})
		for i := range 3 {
			stage(s, fmt.Sprint(2*i+1, "-0"), "App", fmt.Sprint("one ", i, "\n"))
			stage(s, fmt.Sprint(2*i+2, "-0"), "app", fmt.Sprint("two ", i, "\n"))
			commit(t, s)
		}
		filetest.WantContent(t, filepath.Join(dir, "App-2026-11-23.log"), "one 0\ntwo 0\none 1\ntwo 1\none 2\ntwo 2\n")
	}
}

// openWith opens a sink with exactly these options.
func openWith(t *testing.T, o Options) *Sink {
	t.Helper()
	s, err := Open(o)
	filetest.Must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// noRoom returns the error of a disk with less room than is to stay free.
func noRoom(t *testing.T) error {
	t.Helper()
	s := openWith(t, Options{Dir: t.TempDir(), MinFree: 1 << 60})
	err := s.mustHaveRoom()
	if err == nil {
		t.Fatal("no error")
	}
	return err
}
