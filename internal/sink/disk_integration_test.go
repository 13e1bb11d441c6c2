//go:build integration && linux

package sink

import (
	"bytes"
	"envelog/internal/filetest"
	"envelog/internal/logdir"
	"envelog/internal/proctest"
	"envelog/internal/vfs"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// These tests mount small file systems of their own and need root.

func TestFullDisk(t *testing.T) {
	dir := filetest.Disk(t, "size=256k")
	s := openBare(t, Options{Dir: dir})
	path := filepath.Join(dir, "app-2026-11-23.log")
	stage(s, "0-0", "app", "before\n")
	commit(t, s)

	const lines = 1000 // more than fits
	want := "before\n"
	for i := range lines {
		line := fmt.Sprintf("%04d %s\n", i, strings.Repeat("x", 500))
		stage(s, fmt.Sprint(i), "app", line)
		want += line
	}
	for range 3 {
		err := failing(t, s)
		if !errors.Is(err, syscall.ENOSPC) || len(err.Failed[0].IDs) != lines {
			t.Fatalf("error is %v", err)
		}
		// What fits stays, in whole lines, and is not written again.
		content, err2 := os.ReadFile(path)
		if filetest.Must(t, err2); !strings.HasPrefix(want, string(content)) || !strings.HasSuffix(string(content), "\n") {
			t.Fatalf("file holds %d bytes, ending in %q", len(content), content[max(0, len(content)-100):])
		}
	}
	filetest.Must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=8m")) // someone makes room
	commit(t, s)
	filetest.WantContent(t, path, want)
}

// TestFullDiskAndOneFileThatFits checks that what fits is safe when the rest is not.
func TestFullDiskAndOneFileThatFits(t *testing.T) {
	dir := filetest.Disk(t, "size=256k")
	s := openBare(t, Options{Dir: dir})
	stage(s, "1-0", "small", "one\n")
	stage(s, "2-0", "large", strings.Repeat("x", 1<<20)+"\n")
	stage(s, "3-0", "small2", "two\n")
	err := failing(t, s)
	wantUnsaved(t, err, []string{"2-0"}, []string{"1-0", "3-0"})
	filetest.WantContent(t, filepath.Join(dir, "small-2026-11-23.log"), "one\n")
	filetest.WantContent(t, filepath.Join(dir, "small2-2026-11-23.log"), "two\n")
}

// TestTornLineThatStaysForAWhile has a file that can be appended to but not be cut, on a disk that becomes full.
func TestTornLineThatStaysForAWhile(t *testing.T) {
	dir := filetest.Disk(t, "size=256k")
	path := filepath.Join(dir, "app-2026-11-23.log")
	filetest.Must(t, os.WriteFile(path, []byte("before\n"), 0o600))
	attribute(t, "+a", path)
	s := openBare(t, Options{Dir: dir})
	want := "before\n"
	for i := range 1000 {
		line := fmt.Sprintf("%04d %s\n", i, strings.Repeat("x", 500))
		stage(s, fmt.Sprint(i), "app", line)
		want += line
	}
	for range 2 {
		err := failing(t, s)
		if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), "take back torn line") {
			t.Fatalf("error is %v", err)
		}
	}
	content, err := os.ReadFile(path)
	if filetest.Must(t, err); len(content) < 100_000 || !strings.HasPrefix(want, string(content)) {
		t.Errorf("%d bytes are in the file", len(content))
	}
	attribute(t, "-a", path)
	filetest.Must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=8m"))
	commit(t, s)
	filetest.WantContent(t, path, want)
}

func TestNoInodesLeft(t *testing.T) {
	dir := filetest.Disk(t, "size=1m,nr_inodes=4")
	s := openBare(t, Options{Dir: dir})
	for i := range 5 {
		stage(s, fmt.Sprint(i), fmt.Sprint("c", i), "x\n")
	}
	err := failing(t, s)
	if !errors.Is(err, syscall.ENOSPC) || len(err.Failed) != 2 {
		t.Errorf("error is %v", err)
	}
	if err := logdir.Probe(vfs.OS, dir); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "df -i") {
		t.Errorf("Probe: %v", err)
	}
	filetest.Must(t, os.Remove(filepath.Join(dir, "c0-2026-11-23.log")), os.Remove(filepath.Join(dir, "c1-2026-11-23.log")))
	s.Reopen() // an open file keeps its inode
	commit(t, s)
	filetest.WantContent(t, filepath.Join(dir, "c4-2026-11-23.log"), "x\n")
}

// The probe creates a file, which fails on a full tmpfs as it does without inodes: the cure says which of them it is.
func TestNoSpaceForTheProbe(t *testing.T) {
	dir := filetest.Disk(t, "size=1m")
	filler, err := os.Create(filepath.Join(dir, "filler"))
	filetest.Must(t, err)
	_, err = filler.Write(make([]byte, 2<<20))
	if filetest.Must(t, filler.Close()); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := logdir.Probe(vfs.OS, dir); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "df -h") || strings.Contains(err.Error(), "df -i") {
		t.Errorf("Probe: %v", err)
	}
}

func TestReadOnlyMount(t *testing.T) {
	dir := filetest.Disk(t, "size=1m")
	s := openBare(t, Options{Dir: dir})
	path := filepath.Join(dir, "app-2026-11-23.log")
	stage(s, "1-0", "app", "one\n")
	commit(t, s)
	s.Reopen()
	commit(t, s)

	filetest.Must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	stage(s, "2-0", "app", "two\n")
	stage(s, "3-0", "new", "three\n")
	for range 2 {
		if err := failing(t, s); !errors.Is(err, syscall.EROFS) || len(err.Failed) != 2 {
			t.Errorf("error is %v", err)
		}
	}
	if err := logdir.Probe(vfs.OS, dir); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "for writing") {
		t.Errorf("Probe: %v", err)
	}
	filetest.Must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT, ""))
	commit(t, s)
	filetest.WantContent(t, path, "one\ntwo\n")
	filetest.WantContent(t, filepath.Join(dir, "new-2026-11-23.log"), "three\n")
}

func TestImmutableFileFailsAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bad-2026-11-23.log")
	filetest.Must(t, os.WriteFile(path, []byte("before\n"), 0o600))
	attribute(t, "+i", path)
	s := openBare(t, Options{Dir: dir})
	stage(s, "1-0", "bad", "one\n")
	stage(s, "2-0", "good", "two\n")
	err := failing(t, s)
	if !errors.Is(err, os.ErrPermission) {
		t.Errorf("error is %v", err)
	}
	wantUnsaved(t, err, []string{"1-0"}, []string{"2-0"})
	attribute(t, "-i", path)
	commit(t, s)
	filetest.WantContent(t, path, "before\none\n")
}

// attribute changes an attribute of a file; the test leaves none behind.
func attribute(t *testing.T, change, path string) {
	t.Helper()
	if out, err := exec.Command("chattr", change, path).CombinedOutput(); err != nil {
		t.Fatalf("chattr %s: %v %s (this test needs root and a file system with attributes)", change, err, out)
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-ia", path).Run() })
}

// TestPermissions runs envelog's part as a user to whom modes apply.
func TestPermissions(t *testing.T) {
	parent, err := os.MkdirTemp("", "sink") // t.TempDir is closed to other users
	filetest.Must(t, err)
	t.Cleanup(func() { os.RemoveAll(parent) })
	filetest.Must(t, os.Chmod(parent, 0o755))
	binary := copyOfThisBinary(t, parent)
	dir := filepath.Join(parent, "log")
	filetest.Must(t, os.Mkdir(dir, 0o700))

	out, err := commitAs(binary, dir)
	if err == nil || !strings.Contains(out, "permission denied: let user 65534 write there, such as by chown -R 65534") {
		t.Errorf("closed directory: %v, %s", err, out)
	}
	filetest.Must(t, os.Chown(dir, 65534, 65534))
	if out, err := commitAs(binary, dir); err != nil {
		t.Errorf("own directory: %v, %s", err, out)
	}
	path := filepath.Join(dir, "app-2026-11-23.log")
	filetest.Must(t, os.Chown(path, 0, 0))
	out, err = commitAs(binary, dir)
	if want := fmt.Sprintf("commit lines: log file %q: open: permission denied\n", path); err == nil || !strings.HasPrefix(out, want) {
		t.Errorf("file of another user: %v, %q, want %q", err, out, want)
	}
}

func copyOfThisBinary(t *testing.T, dir string) string {
	t.Helper()
	content, err := os.ReadFile(os.Args[0])
	path := filepath.Join(dir, "sink.test")
	filetest.Must(t, err, os.WriteFile(path, content, 0o755), os.Chmod(path, 0o755))
	return path
}

// TestASecondUserOfTheGroup lets one user take over the journal, the files and the entries of another.
func TestASecondUserOfTheGroup(t *testing.T) {
	parent, err := os.MkdirTemp("", "sink") // t.TempDir is closed to other users
	filetest.Must(t, err)
	t.Cleanup(func() { os.RemoveAll(parent) })
	filetest.Must(t, os.Chmod(parent, 0o755))
	binary, dir := copyOfThisBinary(t, parent), filepath.Join(parent, "log")
	filetest.Must(t, os.Mkdir(dir, 0o770), os.Chown(dir, 0, 4711), os.Chmod(dir, 0o770|fs.ModeSetgid))
	for i, uid := range []uint32{1001, 1002, 1001} {
		if out, err := runAs(uid, 4711, childGroupCommit, binary, dir, fmt.Sprint(i+1, "-0")); err != nil {
			t.Fatalf("user %d: %v, %s", uid, err, out)
		}
	}
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), "x\nx\nx\n")
	out, err := runAs(1003, 4712, childGroupCommit, binary, dir, "4-0")
	if err == nil || !strings.Contains(out, "permission denied") {
		t.Errorf("a stranger: %v, %s", err, out)
	}
}

// commitAs runs childCommit as the user nobody.
func commitAs(binary, dir string) (string, error) {
	return runAs(65534, 65534, "commit", binary, dir)
}

func runAs(uid, gid uint32, role, binary string, args ...string) (string, error) {
	child := proctest.Command(role, args...)
	child.Path, child.Args[0] = binary, binary
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	child.Dir = "/"
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	err := child.Run()
	return out.String(), err
}
