package statedir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// create returns the directory in a new log directory.
func create(t *testing.T, fsys vfs.FS) statedir.Dir {
	t.Helper()
	d := statedir.Of(fsys, t.TempDir())
	if err := d.Create(0o750); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConsumerNamesAreUniqueAndComeBack(t *testing.T) {
	dir := create(t, vfs.OS)
	tokens := map[string]string{}
	claim := func(want string) (release func()) {
		t.Helper()
		c, err := dir.ClaimConsumer("web/1")
		if err != nil {
			t.Fatal(err)
		}
		if c.Name != want {
			t.Errorf("claimed %s, want %s", c.Name, want)
		}
		if before, again := tokens[want]; c.Token == "" || again && c.Token != before {
			t.Errorf("the token of %s is %q, was %q", want, c.Token, before)
		}
		tokens[want] = c.Token
		return func() { _ = c.Close() }
	}
	first, second := claim("web/1"), claim("web/1-2")
	defer claim("web/1-3")()
	second()
	defer claim("web/1-2")()
	first()
	defer claim("web/1")()
	if tokens["web/1"] == tokens["web/1-2"] {
		t.Error("two names have one token")
	}
}

// noLocks is a file system as NFS without its lock service.
type noLocks struct{ vfs.FS }

func (n noLocks) OpenFile(path string, flag int, mode fs.FileMode) (vfs.File, error) {
	f, err := n.FS.OpenFile(path, flag, mode)
	return unlockable{f}, err
}

type unlockable struct{ vfs.File }

func (unlockable) TryLock() error { return vfs.ErrNoLocks }

func TestWithoutLocksNoNameIsClaimed(t *testing.T) {
	if _, err := create(t, noLocks{vfs.OS}).ClaimConsumer("web"); !errors.Is(err, statedir.ErrNoLocks) {
		t.Errorf("%v", err)
	}
}

func TestDirectoryKeepsItsMode(t *testing.T) {
	logDir := t.TempDir()
	if err := os.Chmod(logDir, 0o750|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	d := statedir.Of(vfs.OS, logDir)
	for _, mode := range []fs.FileMode{0o777, 0o700} { // the second one finds it there
		if err := d.Create(mode); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(logDir, statedir.Name))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != fs.ModeDir|fs.ModeSetgid|0o775 {
		t.Errorf("mode %v", got)
	}
}

func TestHealthFilesAreFound(t *testing.T) {
	logDir := filepath.Join(t.TempDir(), "log[1]*")
	d := statedir.Of(vfs.OS, logDir)
	if paths, err := d.HealthFiles(); len(paths) > 0 || err != nil {
		t.Errorf("without a directory: %v, %v", paths, err)
	}
	if err := os.MkdirAll(filepath.Join(logDir, statedir.Name), 0o750); err != nil {
		t.Fatal(err)
	}
	want := []string{d.HealthFile("a/b"), d.HealthFile("web-1")}
	for _, path := range append(want, d.Path(statedir.DirectoryLock)) {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if paths, err := d.HealthFiles(); !slices.Equal(paths, want) || err != nil {
		t.Errorf("%v, %v, want %v", paths, err, want)
	}
}
