package sink

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"envelog/internal/filetest"
	"envelog/internal/statedir"
)

// journals returns the names of the journals in dir.
func journals(t *testing.T, dir string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, statedir.Name, "*.journal"))
	filetest.Must(t, err)
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	return names
}

// More files may be open than one record of the journal has room for.
func TestACommitOfManyFilesIsMoreThanOneRecord(t *testing.T) {
	const files, bytes = 200, 256 << 10
	s := open(t, Options{Dir: t.TempDir(), JournalBytes: bytes, MaxOpenFiles: files, Sync: SyncNever})
	for i := range files {
		stage(s, fmt.Sprintf("%d-0", i+1), fmt.Sprint("channel", i), "a line")
	}
	commit(t, s)
	for i := range files {
		if !s.Written(0, entry(fmt.Sprintf("%d-0", i+1), "")) {
			t.Errorf("the line of channel %d is not known", i)
		}
	}
}

func TestJournalsOfConsumersThatAreGoneAreRemoved(t *testing.T) {
	for _, tt := range []struct {
		name    string
		age     time.Duration
		pending bool
		err     error
		want    bool // it is still there
	}{
		{"young", time.Minute, false, nil, true},
		{"settled", 2 * time.Hour, false, nil, false},
		{"pending", 2 * time.Hour, true, nil, true},
		{"Redis does not answer", 2 * time.Hour, false, errors.New("no route to host"), true},
		{"very old", 31 * 24 * time.Hour, true, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			gone := open(t, Options{Dir: dir, Journal: "gone"})
			stage(gone, "100-0", "app", "one")
			stage(gone, "200-7", "app", "two")
			commit(t, gone)
			filetest.Must(t, gone.Close())
			then := time.Now().Add(-tt.age)
			filetest.Must(t, os.Chtimes(filepath.Join(dir, statedir.Name, "gone.journal"), then, then))

			s := open(t, Options{Dir: dir, Journal: "lives"})
			err := s.RemoveJournals(func(source int, min, max string) (bool, error) {
				if source != 0 || min != "100-0" || max != "200-7" {
					t.Errorf("asked for source %d from %s to %s", source, min, max)
				}
				return tt.pending, tt.err
			})
			if !errors.Is(err, tt.err) {
				t.Errorf("RemoveJournals() = %v", err)
			}
			if got := slices.Contains(journals(t, dir), "gone.journal"); got != tt.want {
				t.Errorf("the journal is there: %v", got)
			}
			if known := s.Written(0, entry("100-0", "")); known != tt.want {
				t.Errorf("its entry is known: %v", known)
			}
		})
	}
}

func TestJournalsOfTheLivingStay(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, Options{Dir: dir, Journal: "a"}), open(t, Options{Dir: dir, Journal: "b"})
	stage(a, "1-0", "app", "one")
	commit(t, a)
	then := time.Now().Add(-31 * 24 * time.Hour)
	filetest.Must(t, os.Chtimes(filepath.Join(dir, statedir.Name, "a.journal"), then, then))
	filetest.Must(t, b.RemoveJournals(func(int, string, string) (bool, error) { return false, nil }))
	if got := journals(t, dir); !slices.Equal(got, []string{"a.journal", "b.journal"}) {
		t.Errorf("journals %q", got)
	}
}

func TestJournalsAreRemovedWhileRunning(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	path := filepath.Join(dir, "app-2026-11-23.log")
	for i, remove := range []func() error{
		func() error { return nil },
		func() error { return os.RemoveAll(filepath.Join(dir, statedir.Name)) },
		func() error { return os.Remove(filepath.Join(dir, statedir.Name, "test.journal")) },
		func() error { return os.Remove(filepath.Join(dir, statedir.Name, "directory.lock")) },
	} {
		filetest.Must(t, remove())
		id := string(rune('1'+i)) + "-0"
		stage(s, id, "app", id)
		commit(t, s)
		if !s.Written(0, entry(id, "")) {
			t.Errorf("%s is not known after it was written", id)
		}
	}
	filetest.WantContent(t, path, "1-0\n2-0\n3-0\n4-0\n")
	if got := journals(t, dir); !slices.Equal(got, []string{"test.journal"}) {
		t.Errorf("journals %q", got)
	}
}

func TestAnEntryIsKnownByItsSourceAndItsPayload(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	s.Stage(0, entry("5-0", "payload"), []byte("app"), morning, []byte("line"))
	commit(t, s)
	filetest.Must(t, s.Close())
	s = open(t, Options{Dir: dir})
	for _, tt := range []struct {
		name        string
		source      int
		id, message string
		want        bool
	}{
		{"the entry", 0, "5-0", "payload", true},
		{"another stream", 1, "5-0", "payload", false},
		{"a stream that was begun again", 0, "5-0", "another payload", false},
		{"another id", 0, "4-0", "payload", false},
		{"no id", 0, "row 5", "payload", false},
	} {
		if got := s.Written(tt.source, entry(tt.id, tt.message)); got != tt.want {
			t.Errorf("%s: Written() = %v", tt.name, got)
		}
	}
}

// TestAnotherDirectoryKnowsNothing is two hosts of a group that have log directories of their own.
func TestAnotherDirectoryKnowsNothing(t *testing.T) {
	one, other := open(t, Options{Dir: t.TempDir()}), open(t, Options{Dir: t.TempDir()})
	stage(one, "1-0", "app", "one")
	commit(t, one)
	if !one.Written(0, entry("1-0", "")) || other.Written(0, entry("1-0", "")) {
		t.Error("the entry is to be known where its line is, and nowhere else")
	}
}

// TestTheJournalDoesNotGrow writes more than the journal holds. A half has room for 260 of these records, to the byte.
func TestTheJournalDoesNotGrow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Sync: SyncNever})
	path := filepath.Join(dir, statedir.Name, "test.journal")
	before, err := os.Stat(path)
	filetest.Must(t, err)
	const last = 700_000
	for n := 1; n <= last; n++ {
		s.Stage(0, numberedEntry(n), []byte("app"), morning, []byte("x"))
		if n%1000 == 0 {
			commit(t, s)
		}
	}
	after, err := os.Stat(path)
	filetest.Must(t, err)
	if before.Size() != after.Size() {
		t.Errorf("%d bytes became %d", before.Size(), after.Size())
	}
	filetest.Must(t, s.Close())
	s = open(t, Options{Dir: dir})
	for n, want := range map[int]bool{last: true, last - 200_000: true, 1: false, last + 1: false} {
		if got := s.Written(0, numberedEntry(n)); got != want {
			t.Errorf("Written(%d) = %v", n, got)
		}
	}
}
