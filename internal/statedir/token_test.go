package statedir_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
	"envelog/internal/vfs/vfstest"
)

func tokenOf(t *testing.T, d *statedir.Dir) (token, path string) {
	t.Helper()
	token, path, err := d.PageToken(0o644)
	if err != nil {
		t.Fatal(err)
	}
	return token, path
}

func TestAllWorkersHaveOnePageToken(t *testing.T) {
	logDir := t.TempDir()
	var tokens [8]string
	var workers sync.WaitGroup
	for i := range tokens {
		workers.Go(func() {
			d, err := statedir.Open(vfs.OS, logDir, 0o750)
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			tokens[i], _, err = d.PageToken(0o640)
			if err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	for _, token := range tokens {
		if len(token) < 26 || token != tokens[0] {
			t.Errorf("the tokens are %q", tokens)
		}
	}
}

func TestThePageTokenIsReadFromItsFile(t *testing.T) {
	d := open(t, vfs.OS)
	token, path := tokenOf(t, d)
	text, err := os.ReadFile(path)
	if err != nil || strings.TrimSpace(string(text)) != token || !filepath.IsAbs(path) {
		t.Errorf("%s has %q, %v, want %q", path, text, err, token)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestWithoutLocksThereIsAPageToken(t *testing.T) {
	d := open(t, vfstest.NoLocks{FS: vfs.OS})
	first, _ := tokenOf(t, d)
	if second, _ := tokenOf(t, d); first != second || first == "" {
		t.Errorf("%q, then %q", first, second)
	}
}

// TestReadersOfThePageTokenHoldUpNobody has somebody who may read the token lock its file.
func TestReadersOfThePageTokenHoldUpNobody(t *testing.T) {
	d := open(t, vfs.OS)
	first, path := tokenOf(t, d)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	if second, _ := tokenOf(t, d); second != first {
		t.Errorf("the token is %q, and was %q", second, first)
	}
	if info, err := os.Stat(filepath.Join(d.Path(), "page.lock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may open the lock: %v, %v", info, err)
	}
}

// TestAPageTokenThatEverybodyMayReadIsReplaced is what chmod -R a+rX makes of a log directory.
func TestAPageTokenThatEverybodyMayReadIsReplaced(t *testing.T) {
	d := open(t, vfs.OS)
	first, path := tokenOf(t, d)
	filetest.Must(t, os.Chmod(path, 0o644))
	second, _ := tokenOf(t, d)
	if second == first || second == "" {
		t.Errorf("%q, then %q", first, second)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestAPlantedPageTokenIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		plant      func(t *testing.T, path, elsewhere string)
	}{
		{"a link", "too many levels of symbolic links", func(t *testing.T, path, elsewhere string) { filetest.Must(t, os.Symlink(elsewhere, path)) }},
		{"a second name", "has 2 names", func(t *testing.T, path, elsewhere string) { filetest.Must(t, os.Link(elsewhere, path)) }},
		{"a directory", "is a directory", func(t *testing.T, path, _ string) { filetest.Must(t, os.Mkdir(path, 0o700)) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, elsewhere := open(t, vfs.OS), filepath.Join(t.TempDir(), "known")
			filetest.Must(t, os.WriteFile(elsewhere, []byte(strings.Repeat("known", 10)), 0o600))
			tc.plant(t, filepath.Join(d.Path(), "page.token"), elsewhere)
			if token, _, err := d.PageToken(0o640); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q, %v, want %q", token, err, tc.want)
			}
		})
	}
}
