package sink

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/statedir"
)

// TestSyncsAreNotBelievedWhenTheJournalCannotBeTold takes the journal away between the sync and the end of a commit, as a
// file system does that turns read-only right then.
func TestSyncsAreNotBelievedWhenTheJournalCannotBeTold(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Journal: "me"})
	stage(s, "100-0", "app", "one")
	stage(s, "200-0", "web", "two")
	errs := make([]error, len(s.waiting))
	if !s.append(s.waiting, errs) {
		t.Fatalf("nothing was journaled: %v", errs)
	}
	giveBack := readOnly(t, filepath.Join(dir, statedir.Name, "me.journal"))
	s.commit(s.waiting, errs)
	for i, f := range s.waiting {
		if errs[i] == nil {
			t.Errorf("%s counts as written", f.path)
		}
	}
	giveBack()
	commit(t, s)
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), "one\n")
	filetest.WantContent(t, filepath.Join(dir, "web-2026-11-23.log"), "two\n")
}

// readOnly makes the descriptor that this process has of a file one that cannot write, until it is given back.
func readOnly(t *testing.T, path string) (giveBack func()) {
	t.Helper()
	fd := descriptorOf(t, path)
	kept, err := syscall.Dup(fd)
	filetest.Must(t, err)
	null, err := os.Open(os.DevNull)
	filetest.Must(t, err)
	filetest.Must(t, syscall.Dup3(int(null.Fd()), fd, syscall.O_CLOEXEC))
	return func() {
		filetest.Must(t, syscall.Dup3(kept, fd, syscall.O_CLOEXEC))
		filetest.Must(t, syscall.Close(kept))
		filetest.Must(t, null.Close())
	}
}

func descriptorOf(t *testing.T, path string) int {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	filetest.Must(t, err)
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == path {
			fd, err := strconv.Atoi(filepath.Base(link))
			filetest.Must(t, err)
			return fd
		}
	}
	t.Fatalf("%s is not open", path)
	return -1
}
