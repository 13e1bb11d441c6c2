package logdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/vfs"
)

func TestMakeCreatesParentsWithTheModeWhateverTheUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	parent := filepath.Join(t.TempDir(), "var")
	for mode, want := range map[fs.FileMode]fs.FileMode{0: DefaultMode, 0o775: 0o775} {
		dir := filepath.Join(parent, fmt.Sprintf("%o", want), "log")
		filetest.Must(t, Make(vfs.OS, dir, mode), Make(vfs.OS, dir, 0o700)) // the second one changes nothing
		filetest.WantMode(t, dir, want|fs.ModeDir)
		filetest.WantMode(t, filepath.Dir(dir), want|fs.ModeDir)
	}
}

func TestWhatIsInTheWayIsNamedWithTheCure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	filetest.Must(t, os.WriteFile(file, nil, 0o600))
	for _, path := range []string{file, filepath.Join(file, "log")} {
		err := Make(vfs.OS, path, 0)
		if !errors.Is(err, syscall.ENOTDIR) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "move away") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestProbeOfAnAbsentDirectoryNamesTheCure(t *testing.T) {
	if err := Probe(vfs.OS, filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "create it") {
		t.Errorf("an absent directory: %v", err)
	}
}

func TestExplainKeepsTheCause(t *testing.T) {
	for cause, want := range map[error]string{
		syscall.EACCES: "for that user", syscall.EROFS: "for writing", syscall.ENOSPC: "make room", syscall.EDQUOT: "quota", syscall.EIO: "input/output error",
	} {
		err := Explain("/logs", &fs.PathError{Op: "open", Path: "/logs/.envelog-probe", Err: cause})
		if !errors.Is(err, cause) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "probe") {
			t.Errorf("%v: %v", cause, err)
		}
	}
}

func TestExplainLeavesACureThatIsThere(t *testing.T) {
	err := Explain("/logs", fmt.Errorf("create journal: %w", Advise(syscall.ENOSPC, "make room in /logs/.envelog")))
	if want := "create journal: no space left on device: make room in /logs/.envelog"; err.Error() != want || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want %s", err, want)
	}
}
