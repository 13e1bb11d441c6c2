package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/filetest"
	"envelog/internal/proctest"
	"envelog/internal/vfs"
)

// failSync makes the next n syncs fail, as a broken disk does: afterwards the kernel takes the pages for clean.
func failSync(s *Sink, n int) {
	s.fdatasync = func(f *file) error {
		if n--; n >= 0 {
			return syscall.EIO
		}
		return f.fd.Datasync()
	}
}

// TestLinesAreWrittenAgainAfterAFailedSync checks that a sync that failed is followed by another write of the same
// lines, in the same place as long as they are to be found there.
func TestLinesAreWrittenAgainAfterAFailedSync(t *testing.T) {
	const first, ours, theirs = "first\n", "one\ntwo\n", "theirs\n"
	for _, tt := range []struct {
		name   string
		times  int                             // that syncs fail
		happen func(t *testing.T, path string) // after the first failure
		want   string
	}{
		{"nothing else happened", 1, func(*testing.T, string) {}, first + ours + "three\n"},
		{"it failed three times", 3, func(*testing.T, string) {}, first + ours + "three\n"},
		{"the kernel dropped the pages", 1, func(t *testing.T, path string) {
			overwrite(t, path, len(first), strings.Repeat("\x00", len(ours)))
		}, first + ours + "three\n"},
		{"the kernel dropped the line before, too", 1, func(t *testing.T, path string) {
			overwrite(t, path, 0, strings.Repeat("\x00", len(first+ours)))
		}, "\x00\x00\x00\x00\x00\n" + ours + "three\n"},
		{"others wrote behind", 1, func(t *testing.T, path string) { appendTo(t, path, theirs) },
			first + ours + theirs + "three\n"},
		{"other bytes are there", 1, func(t *testing.T, path string) { overwrite(t, path, len(first), "gone") },
			first + "gone" + ours[4:] + ours + "three\n"},
		{"the file was cut", 1, func(t *testing.T, path string) { filetest.Must(t, os.Truncate(path, int64(len(first)))) },
			first + ours + "three\n"},
		{"the file was cut, and others went on", 1, func(t *testing.T, path string) {
			filetest.Must(t, os.Truncate(path, 0))
			appendTo(t, path, strings.Repeat(theirs, 9))
		}, strings.Repeat(theirs, 9) + ours + "three\n"},
		{"the file was replaced", 1, func(t *testing.T, path string) {
			filetest.Must(t, os.Rename(path, path+".1"), os.WriteFile(path, []byte("new\n"), 0o600))
		}, "new\nthree\n"}, // ours are safe where they are
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "app-2026-11-23.log")
			s := open(t, Options{Dir: dir})
			stage(s, "0-0", "app", first)
			commit(t, s)
			failSync(s, tt.times)
			stage(s, "1-0", "app", "one\n")
			stage(s, "2-0", "app", "two\n")
			err := failing(t, s)
			if !errors.Is(err, syscall.EIO) || s.open.len() != 0 || s.Staged() != len(ours) {
				t.Errorf("%v; %d files open, %d bytes staged", err, s.open.len(), s.Staged())
			}
			wantUnsaved(t, err, []string{"1-0", "2-0"}, []string{"0-0"})
			tt.happen(t, path)
			stage(s, "3-0", "app", "three\n")
			for range tt.times - 1 {
				wantUnsaved(t, failing(t, s), []string{"1-0", "2-0", "3-0"}, nil)
			}
			commit(t, s)
			filetest.WantContent(t, path, tt.want)
			if s.Staged() != 0 {
				t.Errorf("%d bytes are staged", s.Staged())
			}
		})
	}
}

func TestOnlyTheFileWhoseSyncFailedFails(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	s.fdatasync = func(f *file) error {
		if f.channel == "c7" {
			return syscall.EIO
		}
		return nil
	}
	for i := range 40 {
		stage(s, fmt.Sprint(i), fmt.Sprint("c", i), "x\n")
	}
	err := failing(t, s)
	wantUnsaved(t, err, []string{"7"}, []string{"6", "8", "39"})
}

// TestTornPiecesAreTakenBack is about what a failed write left when even cutting it off failed.
func TestTornPiecesAreTakenBack(t *testing.T) {
	const before, torn, rest, theirs = "before\n", "[2026-11-23] app.INFO: to", "rn\n", "theirs\n"
	const blank = "                        \n"
	for _, tt := range []struct {
		name, content string
		torn          []span // of the line, at its offset
		blanked       []span // the same, of what has been made blank, and could not be synced
		want          string
	}{
		{"at the end", before + torn, []span{{0, 25, 7}}, nil, before + torn + rest},
		{"others wrote behind", before + torn + theirs, []span{{0, 25, 7}}, nil, before + blank + theirs + torn + rest},
		{"others wrote between", before + torn[:10] + theirs + torn[10:], []span{{0, 10, 7}, {10, 25, 24}}, nil,
			before + blank[15:] + theirs + torn + rest},
		{"cut by others", before, []span{{0, 25, 7}}, nil, before + torn + rest},
		{"cut by others, who went on", before + strings.Repeat(theirs, 9), []span{{0, 25, 7}}, nil,
			before + strings.Repeat(theirs, 9) + torn + rest},
		{"the kernel dropped the blanks", before + torn + theirs, nil, []span{{0, 25, 7}}, before + blank + theirs + torn + rest},
		{"the kernel dropped some of the blanks", before + torn[:10] + blank[10:] + theirs, nil, []span{{0, 25, 7}},
			before + blank + theirs + torn + rest},
		{"made blank, and cut by others", before, nil, []span{{0, 25, 7}}, before + torn + rest},
		{"made blank, and cut by others, who went on", before + strings.Repeat(theirs, 9), nil, []span{{0, 25, 7}},
			before + strings.Repeat(theirs, 9) + torn + rest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "app-2026-11-23.log")
			s := open(t, Options{Dir: dir})
			filetest.Must(t, os.WriteFile(path, []byte(tt.content), 0o600))
			stage(s, "1-0", "app", torn+rest)
			info, err := vfs.OS.Stat(path)
			filetest.Must(t, err)
			s.last.info = info
			for _, p := range tt.torn {
				s.last.torn = append(s.last.torn, piece{p.off, p.of(s.last.lines)})
			}
			for _, p := range tt.blanked {
				s.last.blanked = append(s.last.blanked, piece{p.off, p.of(s.last.lines)})
			}
			commit(t, s)
			filetest.WantContent(t, path, tt.want)
		})
	}
}

// TestAPieceIsTakenBackInAFileThatWasMoved is about what a failed write left when its file got another name before it could be cut
// off.
func TestAPieceIsTakenBackInAFileThatWasMoved(t *testing.T) {
	const name, before, torn, rest, theirs = "app-2026-11-23.log", "before\n", "[2026-11-23] app.INFO: to", "rn\n", "theirs\n"
	move := func(t *testing.T, dir string) {
		filetest.Must(t, os.Rename(filepath.Join(dir, name), filepath.Join(dir, "old")))
	}
	for _, tt := range []struct {
		name   string
		happen func(t *testing.T, s *Sink, dir string)
		want   map[string]string
	}{
		{"renamed", func(t *testing.T, _ *Sink, dir string) { move(t, dir) },
			map[string]string{"old": before, name: torn + rest}},
		{"renamed, and the signal to reopen", func(t *testing.T, s *Sink, dir string) { move(t, dir); s.Reopen() },
			map[string]string{"old": before, name: torn + rest}},
		{"renamed, and replaced", func(t *testing.T, _ *Sink, dir string) {
			move(t, dir)
			filetest.Must(t, os.WriteFile(filepath.Join(dir, name), []byte(theirs), 0o600))
		}, map[string]string{"old": before, name: theirs + torn + rest}},
		{"renamed, and others wrote behind", func(t *testing.T, _ *Sink, dir string) {
			move(t, dir)
			appendTo(t, filepath.Join(dir, "old"), theirs)
		}, map[string]string{"old": before + strings.Repeat(" ", len(torn)-1) + "\n" + theirs, name: torn + rest}},
		{"made blank, renamed, and the kernel dropped the blanks", func(t *testing.T, s *Sink, dir string) {
			s.last.blanked, s.last.torn = s.last.torn, nil
			move(t, dir)
			appendTo(t, filepath.Join(dir, "old"), theirs)
		}, map[string]string{"old": before + strings.Repeat(" ", len(torn)-1) + "\n" + theirs, name: torn + rest}},
		{"removed", func(t *testing.T, _ *Sink, dir string) { filetest.Must(t, os.Remove(filepath.Join(dir, name))) },
			map[string]string{name: torn + rest}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, Options{Dir: dir, Journal: "w"})
			stage(s, "1-0", "app", before)
			commit(t, s)
			stage(s, "2-0", "app", torn+rest)
			s.last.torn = append(s.last.torn, piece{int64(len(before)), []byte(torn)})
			appendTo(t, filepath.Join(dir, name), torn)
			tt.happen(t, s, dir)
			commit(t, s)
			for name, want := range tt.want {
				filetest.WantContent(t, filepath.Join(dir, name), want)
			}
		})
	}
}

// TestLinesThatAreSafeInAMovedFileNeedNoNewOne has nothing to open under the name of a file that was moved after its sync had failed.
func TestLinesThatAreSafeInAMovedFileNeedNoNewOne(t *testing.T) {
	const name = "app-2026-11-23.log"
	for _, tt := range []struct {
		name string
		then func(t *testing.T, s *Sink)
	}{
		{"no more lines", commit},
		{"more lines, which are dropped", func(t *testing.T, s *Sink) {
			stage(s, "2-0", "app", "two\n")
			failed := failing(t, s)
			if wantUnsaved(t, failed, []string{"2-0"}, []string{"1-0"}); failed.Alone(0, []byte("2-0")) == nil {
				t.Errorf("%v is not laid to the file", failed)
			}
			s.Drop()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, Options{Dir: dir, Journal: "w"})
			failSync(s, 1)
			stage(s, "1-0", "app", "one\n")
			wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
			path := filepath.Join(dir, name)
			filetest.Must(t, os.Rename(path, filepath.Join(dir, "old")), os.Mkdir(path, 0o700))
			tt.then(t, s)
			stage(s, "3-0", "request", "three\n")
			commit(t, s)
			filetest.WantContent(t, filepath.Join(dir, "old"), "one\n")
			if other := open(t, Options{Dir: dir, Journal: "other"}); !other.Written(0, entry("1-0", "")) {
				t.Error("the journal does not say that the line is safe")
			}
		})
	}
}

// watchedFS tells what is about to be done to the files of a directory, and has it fail when it is told to.
type watchedFS struct {
	vfs.FS
	open func(name string, flag int) error
	sync func(name string) error
}

func (w *watchedFS) OpenFile(path string, flag int, mode fs.FileMode) (vfs.File, error) {
	if w.open != nil {
		if err := w.open(filepath.Base(path), flag); err != nil {
			return nil, err
		}
	}
	f, err := w.FS.OpenFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	return watchedFile{f, w}, nil
}

type watchedFile struct {
	vfs.File
	fs *watchedFS
}

func (f watchedFile) Datasync() error {
	if f.fs.sync != nil {
		if err := f.fs.sync(filepath.Base(f.Name())); err != nil {
			return err
		}
	}
	return f.File.Datasync()
}

// TestLinesInAFileThatWasMovedAreSafeWhenTheyAreSynced has a sync fail, the file get another name, and the sync fail there, too.
func TestLinesInAFileThatWasMovedAreSafeWhenTheyAreSynced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app-2026-11-23.log")
	syncs := 0
	s := open(t, Options{Dir: dir, FS: &watchedFS{FS: vfs.OS, sync: func(name string) error {
		if name != "old" {
			return nil
		}
		if syncs++; syncs == 1 {
			return syscall.EIO
		}
		return nil
	}}})
	failSync(s, 1)
	stage(s, "1-0", "app", "one\n")
	wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
	filetest.Must(t, os.Rename(path, filepath.Join(dir, "old")))
	wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
	commit(t, s)
	if syncs != 2 {
		t.Errorf("the file that was moved was synced %d times, want 2", syncs)
	}
	filetest.WantContent(t, filepath.Join(dir, "old"), "one\n")
	filetest.WantNames(t, dir, "old")
}

// TestAFileIsReplacedWhileItIsPutInOrder has another file come in the place of one whose sync has failed, after it was looked at.
func TestAFileIsReplacedWhileItIsPutInOrder(t *testing.T) {
	const name, theirs = "app-2026-11-23.log", "a line of somebody else\n"
	for _, tt := range []struct {
		name string
		flag int // with which it is about to be opened
	}{
		{"when it is opened again", os.O_RDWR | os.O_APPEND},
		{"when its lines are about to be written again", os.O_RDWR},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			fsys := &watchedFS{FS: vfs.OS}
			s := open(t, Options{Dir: dir, FS: fsys})
			failSync(s, 1)
			stage(s, "1-0", "app", "one\n")
			wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
			fsys.open = func(opened string, flag int) error {
				if opened != name || flag != tt.flag {
					return nil
				}
				fsys.open = nil
				return errors.Join(os.Rename(path, filepath.Join(dir, "old")), os.WriteFile(path, []byte(theirs), 0o600))
			}
			wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
			commit(t, s)
			filetest.WantContent(t, filepath.Join(dir, "old"), "one\n")
			filetest.WantContent(t, path, theirs)
		})
	}
}

// TestAFileThatIsToBeSyncedStaysOpen has no descriptor left for a second file when the first one was written to.
func TestAFileThatIsToBeSyncedStaysOpen(t *testing.T) {
	var synced []string
	s := openBare(t, Options{Dir: t.TempDir(), FS: &watchedFS{
		FS: vfs.OS,
		open: func(name string, _ int) error {
			if strings.HasPrefix(name, "request") {
				return syscall.EMFILE
			}
			return nil
		},
		sync: func(name string) error {
			if strings.HasSuffix(name, ".log") {
				synced = append(synced, name)
			}
			return nil
		},
	}})
	stage(s, "1-0", "app", "one\n")
	stage(s, "2-0", "request", "two\n")
	wantUnsaved(t, failing(t, s), []string{"2-0"}, []string{"1-0"})
	if !slices.Equal(synced, []string{"app-2026-11-23.log"}) {
		t.Errorf("synced are %q", synced)
	}
}

// TestWhatIsTakenBackIsSynced has nothing else to write: another process has written the line since.
func TestWhatIsTakenBackIsSynced(t *testing.T) {
	const name, before, torn, rest = "app-2026-11-23.log", "before\n", "[2026-11-23] app.INFO: to", "rn\n"
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Journal: "w", Sync: SyncInterval, Interval: time.Hour})
	stage(s, "1-0", "app", before)
	commit(t, s)
	filetest.Must(t, s.syncDirty())
	stage(s, "2-0", "app", torn+rest)
	s.last.torn = append(s.last.torn, piece{int64(len(before)), []byte(torn)})
	appendTo(t, filepath.Join(dir, name), torn)
	other := open(t, Options{Dir: dir, Journal: "other"})
	stage(other, "2-0", "app", torn+rest)
	commit(t, other)
	syncs := 0
	s.fdatasync = func(f *file) error { syncs++; return f.fd.Datasync() }
	commit(t, s)
	filetest.Must(t, s.syncDirty())
	if syncs != 1 {
		t.Errorf("%d syncs, want 1", syncs)
	}
	filetest.WantContent(t, filepath.Join(dir, name), before+strings.Repeat(" ", len(torn)-1)+"\n\n"+torn+rest)
}

// TestAPieceIsNotTakenBackInAnotherFile has no journal, and a file in which somebody else's line begins like the piece, at its place.
func TestAPieceIsNotTakenBackInAnotherFile(t *testing.T) {
	const before, torn, rest, theirs = "before\n", "[2026-11-23] app.INFO: to", "rn\n", " each his own\n"
	dir := t.TempDir()
	path := filepath.Join(dir, "app-2026-11-23.log")
	s := openBare(t, Options{Dir: dir})
	stage(s, "1-0", "app", before)
	commit(t, s)
	stage(s, "2-0", "app", torn+rest)
	s.last.torn = append(s.last.torn, piece{int64(len(before)), []byte(torn)})
	filetest.Must(t, os.Rename(path, filepath.Join(dir, "old")), os.WriteFile(path, []byte(before+torn+theirs), 0o600))
	commit(t, s)
	filetest.WantContent(t, path, before+torn+theirs+torn+rest)
}

// TestAFileIsGoneOnWithWhileItHasLinesToSave has a file that is full, in which lines are whose sync has failed.
func TestAFileIsGoneOnWithWhileItHasLinesToSave(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, RotateSize: 10})
	failSync(s, 1)
	stage(s, "1-0", "app", "one two\n")
	wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
	stage(s, "2-0", "app", "three\n")
	commit(t, s)
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), "one two\nthree\n")
	stage(s, "3-0", "app", "four\n")
	commit(t, s)
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.1.log"), "four\n")
}

// TestTheJournalLearnsLaterWhatBecameOfAFileThatCannotBeOpened has lines whose sync has failed, whose file cannot be opened when others
// are written: were that forgotten, the journal would be full one day of what is not decided.
func TestTheJournalLearnsLaterWhatBecameOfAFileThatCannotBeOpened(t *testing.T) {
	fsys := &watchedFS{FS: vfs.OS}
	s := open(t, Options{Dir: t.TempDir(), FS: fsys, JournalBytes: 64 << 10})
	failSync(s, 1)
	stage(s, "1-0", "app", "one\n")
	wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
	fsys.open = func(name string, _ int) error {
		if strings.HasPrefix(name, "app") {
			return syscall.EIO
		}
		return nil
	}
	stage(s, "2-0", "request", "two\n")
	wantUnsaved(t, failing(t, s), []string{"1-0"}, []string{"2-0"})
	fsys.open = nil
	for i := range 1000 {
		stage(s, fmt.Sprint("3-", i), "app", "more\n")
		commit(t, s)
	}
}

func TestALineThatAnotherWriterLeftTornIsEnded(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app-2026-11-23.log")
	filetest.Must(t, os.WriteFile(path, []byte("whole\nto"), 0o600))
	s := open(t, Options{Dir: dir})
	stage(s, "1-0", "app", "one\n")
	commit(t, s)
	appendTo(t, path, "torn again")
	stage(s, "2-0", "app", "two\n")
	commit(t, s)
	filetest.WantContent(t, path, "whole\nto\none\ntorn again\ntwo\n")
}

// TestAFileThatIsLockedForTooLongFailsAlone has the clock of the bubble pass the patience.
func TestAFileThatIsLockedForTooLongFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "app-2026-11-23.log")
		other, err := vfs.OS.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		filetest.Must(t, err, vfs.Lock(other, 0))
		defer other.Close()
		s, err := Open(Options{Dir: dir})
		filetest.Must(t, err)
		defer s.Close()
		stage(s, "1-0", "app", "one\n")
		stage(s, "2-0", "request", "two\n")
		failed := failing(t, s)
		if !errors.Is(failed, vfs.ErrLocked) {
			t.Errorf("error is %v", failed)
		}
		wantUnsaved(t, failed, []string{"1-0"}, []string{"2-0"})
		other.Unlock()
		commit(t, s)
		filetest.WantContent(t, path, "one\n")
	})
}

// cutShortFS has the first write to a log file cut short in the middle, after which somebody else appends a line.
type cutShortFS struct {
	vfs.FS
	theirs  string
	late    bool // not at once, but when the rest is about to be written
	appends int
}

func (c *cutShortFS) OpenFile(path string, flag int, mode fs.FileMode) (vfs.File, error) {
	f, err := c.FS.OpenFile(path, flag, mode)
	if err != nil || !strings.HasSuffix(path, ".log") {
		return f, err
	}
	return cutShortFile{f, c}, nil
}

type cutShortFile struct {
	vfs.File
	fs *cutShortFS
}

func (f cutShortFile) Append(b []byte) (int, error) {
	f.fs.appends++
	first := f.fs.appends == 1
	if f.fs.appends == 2 && f.fs.late {
		if err := f.others(); err != nil {
			return 0, err
		}
	}
	if !first {
		return f.File.Append(b)
	}
	n, err := f.File.Append(b[:len(b)/2])
	if err != nil || f.fs.late {
		return n, err
	}
	return n, f.others()
}

// others appends the line of somebody else.
func (f cutShortFile) others() error {
	other, err := f.fs.FS.OpenFile(f.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = other.Append([]byte(f.fs.theirs))
	return errors.Join(err, other.Close())
}

// TestNothingFollowsALineOfOthersAfterAShortWrite looks for the end of a line that stands without its beginning.
func TestNothingFollowsALineOfOthersAfterAShortWrite(t *testing.T) {
	const ours, theirs = "one two three four\n", "theirs\n"
	for _, tt := range []struct {
		name   string
		late   bool
		writes int
	}{
		{"the line is there before the rest is written", false, 1},
		{"the line comes between the look and the write", true, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			fsys := &cutShortFS{FS: vfs.OS, theirs: theirs, late: tt.late}
			s := open(t, Options{Dir: dir, FS: fsys})
			stage(s, "1-0", "app", ours)
			err := failing(t, s)
			if fsys.appends != tt.writes {
				t.Errorf("%d writes, want %d", fsys.appends, tt.writes)
			}
			if err.Alone(0, []byte("1-0")) != nil || !errors.Is(err, errInterleaved) {
				t.Errorf("%v; fails alone: %v", err, err.Alone(0, []byte("1-0")))
			}
			commit(t, s)
			filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), strings.Repeat(" ", len(ours)/2-1)+"\n"+theirs+ours)
		})
	}
}

// TestAPieceIsRemovedWhenItsProcessIsDead has a part of a line that could not be taken back, and nothing else of the batch in its file.
func TestAPieceIsRemovedWhenItsProcessIsDead(t *testing.T) {
	const theirs = "theirs\n"
	ours := strings.Repeat("x", 8191) + "\n" // half of it is a page: there the kernel cuts writes short
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Journal: "w", FS: &watchedFS{
		FS: &cutShortFS{FS: vfs.OS, theirs: theirs},
		open: func(name string, flag int) error {
			if strings.HasSuffix(name, ".log") && flag == os.O_RDWR { // to write where the piece is
				return syscall.EIO
			}
			return nil
		},
	}})
	stage(s, "1-0", "app", ours)
	wantUnsaved(t, failing(t, s), []string{"1-0"}, nil)
	path := filepath.Join(dir, "app-2026-11-23.log")
	filetest.WantContent(t, path, ours[:4096]+theirs)
	filetest.Must(t, s.Close())
	other := open(t, Options{Dir: dir, Journal: "other"})
	stage(other, "1-0", "app", ours)
	commit(t, other)
	filetest.WantContent(t, path, strings.Repeat(" ", 4095)+"\n"+theirs+ours)
}

// TestWriteCutShort runs childFileLimit.
func TestWriteCutShort(t *testing.T) {
	dir := t.TempDir()
	if out, err := proctest.Command("limit", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), "before\n"+strings.Repeat("0123456789abcdef\n", 1000))
}

// childFileLimit commits with a limit on the size of files, within which a write(2) gets only so far, then without.
func childFileLimit() int {
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(n uint64) error {
		var current syscall.Rlimit
		err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &current)
		current.Cur = min(n, current.Max)
		return errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &current))
	}
	dir := os.Args[1]
	s, err := Open(Options{Dir: dir})
	if err != nil {
		return complain(err)
	}
	stage(s, "0-0", "app", "before\n")
	if err := s.Commit(); err != nil {
		return complain(err)
	}
	for i := range 1000 {
		stage(s, fmt.Sprint(i), "app", "0123456789abcdef\n")
	}
	if err := limit(5000); err != nil {
		return complain(err)
	}
	for range 3 {
		if err := s.Commit(); !errors.Is(err, syscall.EFBIG) {
			return complain(fmt.Errorf("commit with a limit: %w, want EFBIG", err))
		}
		// 293 whole lines have room; they stay, to be synced with the others.
		want := "before\n" + strings.Repeat("0123456789abcdef\n", 293)
		if b, err := os.ReadFile(filepath.Join(dir, "app-2026-11-23.log")); string(b) != want {
			return complain(fmt.Errorf("file holds %d bytes after a write that was cut short: %w", len(b), err))
		}
	}
	if err := limit(1 << 62); err != nil {
		return complain(err)
	}
	if err := s.Commit(); err != nil {
		return complain(err)
	}
	return 0
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	filetest.Must(t, err)
	defer f.Close()
	_, err = f.WriteString(text)
	filetest.Must(t, err)
}

func overwrite(t *testing.T, path string, off int, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	filetest.Must(t, err)
	defer f.Close()
	_, err = f.WriteAt([]byte(text), int64(off))
	filetest.Must(t, err)
}
