package rejected

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/filetest"
	"envelog/internal/vfs"
	"envelog/transport"
)

func openKeeper(t *testing.T, logDir string, options Options) *Keeper {
	t.Helper()
	r, err := Open(logDir, options)
	if err != nil {
		t.Fatal(err)
	}
	return r.Of("async_logging", "logs")
}

func entry(id, message string) *transport.Entry {
	return &transport.Entry{ID: []byte(id), Message: []byte(message)}
}

func TestRejectedEntriesAreKeptAsTheyAre(t *testing.T) {
	const raw = "s:12:\"{\"body\":\"\x00\xff"
	reason := errors.New("decode frame at byte 14: unexpected EOF")
	for _, tt := range []struct {
		name  string
		entry transport.Entry
		want  map[string]string // files but the note, by suffix
	}{
		{"one field", transport.Entry{Message: []byte(raw)}, map[string]string{".message": raw}},
		{"body and headers", transport.Entry{Body: []byte("b"), Headers: []byte("{}")}, map[string]string{".body": "b", ".headers": "{}"}},
		{"empty field", transport.Entry{Message: []byte{}}, map[string]string{".message": ""}},
		{"no known field", transport.Entry{}, map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logDir := t.TempDir()
			dir := filepath.Join(logDir, DirName)
			defer syscall.Umask(syscall.Umask(0))
			r := openKeeper(t, logDir, Options{})
			tt.entry.ID = []byte("1795423651867-0")
			const base = "async_logging-1795423651867-0"
			names := []string{lockName, base + ".json"}
			for range 2 { // a second time changes nothing
				keep(t, r, &tt.entry, reason)
			}
			for suffix, want := range tt.want {
				names = append(names, base+suffix)
				filetest.WantContent(t, filepath.Join(dir, base+suffix), want)
				filetest.WantMode(t, filepath.Join(dir, base+suffix), 0o600)
			}
			filetest.WantNames(t, dir, names...)
			filetest.WantMode(t, dir, 0o700|fs.ModeDir)
			filetest.WantMode(t, filepath.Join(dir, base+".json"), 0o600)
			n := readNote(t, filepath.Join(dir, base+".json"))
			if n.Transport != "async_logging" || n.Stream != "logs" || n.ID != "1795423651867-0" || n.Reason != reason.Error() ||
				time.Since(n.Time) > time.Hour || len(n.Fields) != len(tt.want) {
				t.Errorf("note is %+v", n)
			}
			if r.shelf.count != 1 {
				t.Errorf("%d entries are counted", r.shelf.count)
			}
		})
	}
}

func TestTheBeginningOfACutFieldIsKept(t *testing.T) {
	logDir := t.TempDir()
	r := openKeeper(t, logDir, Options{})
	e := entry("1-0", "the beginning")
	e.Cuts = []transport.Cut{{Field: "message", Bytes: 1 << 30, SHA256: [32]byte{0xab}}}
	for range 2 { // a second time changes nothing
		_, err := r.Keep(e, errors.New("too large"))
		filetest.Must(t, err)
	}
	base := filepath.Join(logDir, DirName, "async_logging-1-0")
	filetest.WantContent(t, base+".message", "the beginning")
	want := noteField{Bytes: 1 << 30, Kept: 13, SHA256: "ab" + strings.Repeat("0", 62)}
	if got := readNote(t, base+".json").Fields["message"]; got != want {
		t.Fatalf("note %+v, want %+v", got, want)
	}
	if files, err := os.ReadDir(filepath.Dir(base)); err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
}

func readNote(t *testing.T, path string) (n note) {
	t.Helper()
	text, err := os.ReadFile(path)
	filetest.Must(t, err, json.Unmarshal(text, &n))
	return n
}

func TestHostileIDsStayInTheDirectory(t *testing.T) {
	parent := t.TempDir()
	logDir := filepath.Join(parent, "log")
	r := openKeeper(t, logDir, Options{}).Of("../x", "s")
	ids := []string{"../../1-0", "/etc/passwd", "", ".", "..", "a\x00b", strings.Repeat("9", 1<<16), "1\n2", "\xff"}
	for _, id := range ids {
		keep(t, r, entry(id, id), nil)
	}
	filetest.WantNames(t, parent, "log")
	filetest.WantNames(t, logDir, DirName)
	names, err := os.ReadDir(filepath.Join(logDir, DirName))
	if err != nil || len(names) != 2*len(ids)+1 {
		t.Errorf("%d files (%v), want two for each of %d entries, and the lock", len(names), err, len(ids))
	}
	filetest.WantContent(t, filepath.Join(logDir, DirName, "%2E.%2Fx-%2E.%2F..%2F1-0.message"), ids[0])
}

// keep has r keep e, and checks that the note is where it says.
func keep(t *testing.T, r *Keeper, e *transport.Entry, reason error) {
	t.Helper()
	note, err := r.Keep(e, reason)
	filetest.Must(t, err)
	if id := strings.ToValidUTF8(string(e.ID), "\uFFFD"); readNote(t, note).ID != id {
		t.Errorf("%s is about entry %q, want %q", note, readNote(t, note).ID, id)
	}
}

func TestOneIDOfTwoEntriesKeepsBoth(t *testing.T) {
	logDir := t.TempDir()
	r := openKeeper(t, logDir, Options{})
	for range 2 {
		for _, message := range []string{"one", "two", "three"} {
			keep(t, r, entry("1-0", message), errors.New("x"))
		}
	}
	found, err := filepath.Glob(filepath.Join(logDir, DirName, "async_logging-1-0*.message"))
	filetest.Must(t, err)
	var kept []string
	for _, name := range found {
		content, err := os.ReadFile(name)
		filetest.Must(t, err)
		kept = append(kept, string(content))
	}
	if slices.Sort(kept); !slices.Equal(kept, []string{"one", "three", "two"}) || r.shelf.count != 3 {
		t.Errorf("kept are %q, counted %d", kept, r.shelf.count)
	}
	filetest.WantContent(t, filepath.Join(logDir, DirName, "async_logging-1-0.message"), "one")
}

func TestMessagesAreBounded(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options Options
		fit     int // of entries with 1000 bytes and a note of less than that
	}{
		{"by count", Options{MaxCount: 3}, 3},
		{"by bytes", Options{MaxBytes: 4000}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logDir := t.TempDir()
				keep := func(r *Keeper, i int) error {
					_, err := r.Keep(entry("1-"+string(rune('a'+i)), strings.Repeat("x", 1000)), errors.New("x"))
					return err
				}
				r := openKeeper(t, logDir, tt.options)
				for i := range tt.fit {
					filetest.Must(t, keep(r, i))
				}
				for _, full := range []*Keeper{r, openKeeper(t, logDir, tt.options)} {
					if err := keep(full, tt.fit); !errors.Is(err, ErrFull) {
						t.Errorf("one more: %v", err)
					}
					if err := keep(full, 0); err != nil {
						t.Errorf("one that is there: %v", err)
					}
				}
				for _, suffix := range []string{".message", ".json"} {
					filetest.Must(t, os.Remove(filepath.Join(logDir, DirName, "async_logging-1-a"+suffix)))
				}
				time.Sleep(rescanPause)
				if err := keep(r, tt.fit); err != nil {
					t.Errorf("after one was removed: %v", err)
				}
			})
		})
	}
}

// TestIncompleteEntriesAreKeptAgain begins where a process died or a power cut took names.
func TestIncompleteEntriesAreKeptAgain(t *testing.T) {
	const base = "async_logging-1-0"
	for _, tt := range []struct {
		name string
		lose []string
		bad  string // file that holds something else
	}{
		{"before the note", []string{".json"}, ""},
		{"the field's name was lost", []string{".message"}, ""},
		{"both", []string{".message", ".json"}, ""},
		{"the field is short", nil, ".message"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logDir := t.TempDir()
			dir := filepath.Join(logDir, DirName)
			r := openKeeper(t, logDir, Options{})
			keep(t, r, entry("1-0", "payload"), errors.New("x"))
			for _, suffix := range tt.lose {
				filetest.Must(t, os.Remove(filepath.Join(dir, base+suffix)))
			}
			if tt.bad != "" {
				filetest.Must(t, os.WriteFile(filepath.Join(dir, base+tt.bad), nil, 0o600))
			}
			keep(t, r, entry("1-0", "payload"), errors.New("x"))
			filetest.WantNames(t, dir, lockName, base+".json", base+".message")
			filetest.WantContent(t, filepath.Join(dir, base+".message"), "payload")
		})
	}
}

func TestMessagesAreCreatedAnew(t *testing.T) {
	logDir := filepath.Join(t.TempDir(), "log")
	r := openKeeper(t, logDir, Options{})
	filetest.Must(t, os.RemoveAll(logDir))
	keep(t, r, entry("1-0", "payload"), errors.New("x"))
	filetest.WantNames(t, filepath.Join(logDir, DirName), lockName, "async_logging-1-0.json", "async_logging-1-0.message")
}

func TestLeftoversOfDeadProcessesAreRemoved(t *testing.T) {
	logDir := t.TempDir()
	dir := filepath.Join(logDir, DirName)
	openKeeper(t, logDir, Options{})
	old, young := filepath.Join(dir, tempPrefix+"old"), filepath.Join(dir, tempPrefix+"young")
	filetest.Must(t, os.WriteFile(old, []byte("x"), 0o600), os.WriteFile(young, []byte("x"), 0o600))
	filetest.Must(t, os.Chtimes(old, time.Time{}, time.Now().Add(-2*tempLife)))
	r := openKeeper(t, logDir, Options{})
	filetest.WantNames(t, dir, filepath.Base(young))
	if r.shelf.bytes != 0 || r.shelf.count != 0 {
		t.Errorf("%d entries of %d bytes are counted", r.shelf.count, r.shelf.bytes)
	}
}

func TestMessagesAreNotKeptElsewhere(t *testing.T) {
	outside := t.TempDir()
	for _, tt := range []struct {
		name string
		put  func(path string) error
	}{
		{"link", func(path string) error { return os.Symlink(outside, path) }},
		{"file", func(path string) error { return os.WriteFile(path, nil, 0o600) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logDir := t.TempDir()
			path := filepath.Join(logDir, DirName)
			filetest.Must(t, tt.put(path))
			if _, err := Open(logDir, Options{}); !errors.Is(err, errNotDir) || !strings.Contains(err.Error(), path) {
				t.Errorf("Open: %v", err)
			}
			filetest.Must(t, os.Remove(path))
			r := openKeeper(t, logDir, Options{})
			filetest.Must(t, os.Remove(path), tt.put(path))
			if _, err := r.Keep(entry("1-0", "x"), nil); err == nil {
				t.Error("Keep returned nil")
			}
		})
	}
	filetest.WantNames(t, outside)
}

func TestAFileInThePlaceOfTheLogDirectoryIsNamed(t *testing.T) {
	logDir := filepath.Join(t.TempDir(), "log")
	filetest.Must(t, os.WriteFile(logDir, nil, 0o600))
	_, err := List(logDir)
	if want := fmt.Sprintf("log directory %q: not a directory: move away", logDir); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestReasonIsBoundedText(t *testing.T) {
	logDir := t.TempDir()
	r := openKeeper(t, logDir, Options{})
	keep(t, r, entry("1-0", "x"), errors.New("at \xff: "+strings.Repeat("ä", reasonLimit)))
	n := readNote(t, filepath.Join(logDir, DirName, "async_logging-1-0.json"))
	if len(n.Reason) > reasonLimit+10 || !strings.HasPrefix(n.Reason, "at \uFFFD: ää") {
		t.Errorf("reason has %d bytes: %.20q", len(n.Reason), n.Reason)
	}
}

func TestWrongOptionsAreRefused(t *testing.T) {
	for _, tt := range []struct {
		logDir  string
		options Options
		want    string
	}{
		{"", Options{}, "log directory is empty"},
		{t.TempDir(), Options{MaxBytes: -1}, "MaxBytes is -1"},
		{t.TempDir(), Options{MaxCount: -2}, "MaxCount is -2"},
	} {
		if _, err := Open(tt.logDir, tt.options); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q is not in: %v", tt.want, err)
		}
	}
}

// TestTheGroupMayTakeOver keeps an entry in a log directory whose group may write, and in one whose group may not.
func TestTheGroupMayTakeOver(t *testing.T) {
	for mode, want := range map[fs.FileMode][2]fs.FileMode{0o750: {0o700, 0o600}, 0o2770: {0o770, 0o660}} {
		dir := t.TempDir()
		r := openKeeper(t, dir, Options{LogDirMode: mode}).Of("async", "messages")
		if _, err := r.Keep(entry("1-0", "payload"), errors.New("reason")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, DirName))
		filetest.Must(t, err)
		kept, err := filepath.Glob(filepath.Join(dir, DirName, "*.message"))
		filetest.Must(t, err)
		file, err := os.Stat(kept[0])
		filetest.Must(t, err)
		if got := [2]fs.FileMode{info.Mode().Perm(), file.Mode().Perm()}; got != want {
			t.Errorf("log directory %o: %o, want %o", mode, got, want)
		}
	}
}

// swapping exchanges a directory for a link right after it was opened, as a neighbour may who can write to its parent.
type swapping struct {
	vfs.FS
	swap func()
}

func (s *swapping) Sub(path string) (vfs.Dir, error) {
	d, err := s.FS.Sub(path)
	if s.swap != nil && err == nil {
		s.swap()
	}
	return d, err
}

func TestALinkLeadsNowhereOnceTheDirectoryIsOpen(t *testing.T) {
	logDir, victim := t.TempDir(), t.TempDir()
	dir := filepath.Join(logDir, DirName)
	fsys := &swapping{FS: vfs.OS}
	k, err := Open(logDir, Options{FS: fsys})
	filetest.Must(t, err)
	fsys.swap = func() {
		filetest.Must(t, os.Rename(dir, dir+".real"), os.Symlink(victim, dir))
	}
	_, err = k.Keep(entry("1-0", "bad"), errors.New("no reason"))
	filetest.Must(t, err)
	filetest.WantNames(t, victim)
	if kept, err := os.ReadFile(filepath.Join(dir+".real", "entry-1-0.message")); err != nil || string(kept) != "bad" {
		t.Errorf("kept is %q, %v", kept, err)
	}
	fsys.swap = nil
	if _, err := k.Keep(entry("2-0", "bad"), errors.New("no reason")); err == nil {
		t.Error("a link was taken for the directory")
	}
	filetest.WantNames(t, victim)
}
