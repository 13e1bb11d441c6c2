package statedir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
	"envelog/internal/vfs/vfstest"
)

// open opens the directory of a new log directory.
func open(t *testing.T, fsys vfs.FS) *statedir.Dir {
	t.Helper()
	d, err := statedir.Open(fsys, t.TempDir(), 0o750)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestConsumerNamesAreUniqueAndComeBack(t *testing.T) {
	dir := open(t, vfs.OS)
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

func TestWithoutLocksNoNameIsClaimed(t *testing.T) {
	if _, err := open(t, vfstest.NoLocks{FS: vfs.OS}).ClaimConsumer("web"); !errors.Is(err, vfs.ErrNoLocks) {
		t.Errorf("%v", err)
	}
}

func TestDirectoryKeepsItsMode(t *testing.T) {
	logDir := t.TempDir()
	if err := os.Chmod(logDir, 0o750|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o777, 0o700} { // the second one finds it there
		d, err := statedir.Open(vfs.OS, logDir, mode)
		if err != nil {
			t.Fatal(err)
		}
		_ = d.Close()
	}
	info, err := os.Stat(statedir.Path(logDir))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != fs.ModeDir|fs.ModeSetgid|0o775 {
		t.Errorf("mode %v", got)
	}
}

func TestWhatOthersPlantedIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		plant      func(logDir, elsewhere string) error
	}{
		{"a link", "is not a directory, or a link", func(logDir, elsewhere string) error { return os.Symlink(elsewhere, statedir.Path(logDir)) }},
		{"a directory of everybody", "may be written to by everybody", func(logDir, _ string) error {
			return errors.Join(os.Mkdir(statedir.Path(logDir), 0o700), os.Chmod(statedir.Path(logDir), 0o777))
		}},
		{"a lock with another name", "has 2 names", func(logDir, elsewhere string) error {
			precious := filepath.Join(elsewhere, "precious")
			return errors.Join(os.Mkdir(statedir.Path(logDir), 0o700), os.WriteFile(precious, nil, 0o600),
				os.Link(precious, filepath.Join(statedir.Path(logDir), "consumer-web.lock")))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { wantRefused(t, tc.plant, tc.want) })
	}
}

// failingDisk cannot open a directory.
type failingDisk struct {
	vfs.FS
	err error
}

func (d failingDisk) Sub(string) (vfs.Dir, error) { return nil, d.err }

// A disk that fails, or a limit of open files, is no reason to remove what is there.
func TestOnlyWhatIsNoDirectoryIsSaidToBeNone(t *testing.T) {
	logDir := t.TempDir()
	for _, want := range []error{syscall.EIO, syscall.EMFILE, fs.ErrPermission} {
		if _, err := statedir.Look(failingDisk{vfs.OS, want}, logDir); !errors.Is(err, want) || strings.Contains(err.Error(), "not a directory") {
			t.Errorf("Look, where %v: %v", want, err)
		}
	}
}

// wantRefused plants something in a log directory, and expects that no name is claimed there.
func wantRefused(t *testing.T, plant func(logDir, elsewhere string) error, want string) {
	t.Helper()
	logDir := t.TempDir()
	if err := plant(logDir, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	d, err := statedir.Open(vfs.OS, logDir, 0o750)
	if err == nil {
		defer d.Close()
		_, err = d.ClaimConsumer("web")
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestHealthFilesAreFound(t *testing.T) {
	logDir := filepath.Join(t.TempDir(), "log[1]*")
	if _, err := statedir.Look(vfs.OS, logDir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a directory: %v", err)
	}
	if err := os.MkdirAll(statedir.Path(logDir), 0o750); err != nil {
		t.Fatal(err)
	}
	want := []string{statedir.HealthFile("a/b"), statedir.HealthFile("web-1")}
	for _, name := range append(want, "web-1.journal") {
		if err := os.WriteFile(filepath.Join(statedir.Path(logDir), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := statedir.Look(vfs.OS, logDir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if names, err := d.HealthFiles(); !slices.Equal(names, want) || err != nil {
		t.Errorf("%v, %v, want %v", names, err, want)
	}
}

// TestReadersOfLogsHoldNoLock: whoever may open a file, be it to read, can hold its lock.
func TestReadersOfLogsHoldNoLock(t *testing.T) {
	for dirMode, want := range map[fs.FileMode]fs.FileMode{0o750: 0o600, 0o770: 0o660} {
		d, err := statedir.Open(vfs.OS, t.TempDir(), dirMode)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		f, err := d.Lock("directory.lock", 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || info.Mode != want {
			t.Errorf("in a directory of mode %o the lock has %o, %v, want %o", dirMode, info.Mode, err, want)
		}
	}
}
