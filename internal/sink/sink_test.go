package sink

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/filename"
	"envelog/internal/filetest"
	"envelog/internal/logdir"
	"envelog/internal/vfs"
	"envelog/transport"
)

var morning = time.Date(2026, 11, 23, 8, 49, 34, 841400000, time.UTC)

// open returns a Sink with a journal, which is closed when the test ends.
func open(t *testing.T, options Options) *Sink {
	t.Helper()
	options.Journal, options.Sources = cmp.Or(options.Journal, "test"), []string{"stream", "other stream"}
	return openBare(t, options)
}

// openBare is open without a journal, as for a disk on which one has no room.
func openBare(t *testing.T, options Options) *Sink {
	t.Helper()
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func entry(id, message string) *transport.Entry {
	return &transport.Entry{ID: []byte(id), Message: []byte(message)}
}

func stage(s *Sink, id, channel, line string) {
	s.Stage(0, entry(id, ""), []byte(channel), morning, []byte(line))
}

func commit(t *testing.T, s *Sink) {
	t.Helper()
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
}

// failing commits and returns the error that there must be.
func failing(t *testing.T, s *Sink) *CommitError {
	t.Helper()
	var failed *CommitError
	if err := s.Commit(); !errors.As(err, &failed) {
		t.Fatalf("Commit() = %v, want a CommitError", err)
	}
	return failed
}

func TestLinesGoToTheFileOfTheirChannelAndDay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "log")
	s := open(t, Options{Dir: dir})
	stage(s, "1-0", "app", "one\n")
	stage(s, "2-0", "request", "two\n")
	stage(s, "3-0", "app", "three") // without its line feed
	s.Stage(0, entry("4-0", ""), []byte("app"), morning.AddDate(0, 0, -1), []byte("late\n"))
	filetest.WantNames(t, dir)
	if got := s.Staged(); got != len("one\ntwo\nthree\nlate\n") {
		t.Errorf("%d bytes are staged", got)
	}
	commit(t, s)
	if s.Staged() != 0 {
		t.Errorf("%d bytes are staged after Commit", s.Staged())
	}
	stage(s, "5-0", "app", "four\n")
	commit(t, s)
	commit(t, s)
	filetest.WantNames(t, dir, "app-2026-11-22.log", "app-2026-11-23.log", "request-2026-11-23.log")
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-22.log"), "late\n")
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), "one\nthree\nfour\n")
	filetest.WantContent(t, filepath.Join(dir, "request-2026-11-23.log"), "two\n")
}

func TestStageCopies(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	e, channel, line := entry("1-0", ""), []byte("app"), []byte("one\n")
	s.Stage(0, e, channel, morning, line)
	for _, b := range [][]byte{e.ID, channel, line} {
		copy(b, "XXXX")
	}
	s.Stage(0, entry("2-0", ""), []byte("app"), morning, []byte("two\n"))
	commit(t, s)
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), "one\ntwo\n")
}

func TestTimezoneDecidesTheDay(t *testing.T) {
	paris := mustLoad(t, "Europe/Paris")
	for _, tt := range []struct {
		name string
		zone *time.Location
		at   time.Time
		want string
	}{
		{"own zone", nil, time.Date(2026, 11, 24, 0, 30, 0, 0, paris), "2026-11-24"},
		{"UTC", time.UTC, time.Date(2026, 11, 24, 0, 30, 0, 0, paris), "2026-11-23"},
		{"Paris in winter", paris, time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC), "2026-11-24"},
		{"Paris in summer", paris, time.Date(2026, 7, 23, 22, 0, 0, 0, time.UTC), "2026-07-24"},
		{"before the clock goes back", paris, time.Date(2026, 10, 24, 21, 59, 59, 0, time.UTC), "2026-10-24"},
		{"the day of 25 hours begins", paris, time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), "2026-10-25"},
		{"the day of 25 hours ends", paris, time.Date(2026, 10, 25, 22, 59, 59, 0, time.UTC), "2026-10-25"},
		{"the day after", paris, time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC), "2026-10-26"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, Options{Dir: dir, Timezone: tt.zone})
			s.Stage(0, entry("1-0", ""), []byte("app"), tt.at, []byte("x\n"))
			commit(t, s)
			filetest.WantNames(t, dir, "app-"+tt.want+".log")
		})
	}
}

func TestHostileChannelsStayInTheDirectory(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "log")
	s := open(t, Options{Dir: dir})
	hostile := []string{"", ".", "..", "../../etc/passwd", "/etc/cron.d/x", "a\x00b", ".rejected", ".envelog", "overflow", "-rf", "a\nb", "\xff"}
	for i, channel := range hostile {
		for range 2 { // a new file, and a known one
			stage(s, fmt.Sprint(i), channel, fmt.Sprintln(i))
		}
	}
	huge := strings.Repeat("../", 1<<20)
	stage(s, "huge", huge, "huge\n")
	stage(s, "huge", huge, "huge\n")
	commit(t, s)
	filetest.WantNames(t, parent, "log")
	for i, channel := range hostile {
		filetest.WantContent(t, filepath.Join(dir, filename.Encode([]byte(channel))+"-2026-11-23.log"), strings.Repeat(fmt.Sprintln(i), 2))
	}
	filetest.WantContent(t, filepath.Join(dir, filename.Encode([]byte(huge))+"-2026-11-23.log"), "huge\nhuge\n")
	for key := range s.files {
		if len(key.channel) > longChannel {
			t.Errorf("a channel of %d bytes is kept in memory", len(key.channel))
		}
	}
}

func TestModesAreThoseConfigured(t *testing.T) {
	for _, tt := range []struct {
		name              string
		umask             int
		file, dir         fs.FileMode
		wantFile, wantDir fs.FileMode
	}{
		{"defaults", 0o022, 0, 0, 0o640, 0o750},
		{"umask 077 takes nothing", 0o077, 0, 0, 0o640, 0o750},
		{"umask 0 adds nothing", 0, 0o600, 0o700, 0o600, 0o700},
		{"open to all", 0o077, 0o666, 0o777, 0o666, 0o777},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "var", "log")
			defer syscall.Umask(syscall.Umask(tt.umask))
			s := open(t, Options{Dir: dir, FileMode: tt.file, DirMode: tt.dir})
			stage(s, "1-0", "app", "x\n")
			commit(t, s)
			filetest.WantMode(t, filepath.Dir(dir), tt.wantDir|fs.ModeDir)
			filetest.WantMode(t, dir, tt.wantDir|fs.ModeDir)
			filetest.WantMode(t, filepath.Join(dir, "app-2026-11-23.log"), tt.wantFile)
		})
	}
}

func TestExistingModesStay(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app-2026-11-23.log")
	filetest.Must(t, os.Chmod(dir, 0o711), os.WriteFile(path, []byte("before\n"), 0o600), os.Chmod(path, 0o604))
	s := open(t, Options{Dir: dir})
	stage(s, "1-0", "app", "x\n")
	commit(t, s)
	filetest.WantMode(t, dir, 0o711|fs.ModeDir)
	filetest.WantMode(t, path, 0o604)
	filetest.WantContent(t, path, "before\nx\n")
}

func TestNewDirectoryKeepsInheritedGroup(t *testing.T) {
	parent := t.TempDir()
	filetest.Must(t, os.Chmod(parent, 0o750|fs.ModeSetgid))
	dir := filepath.Join(parent, "log")
	defer syscall.Umask(syscall.Umask(0o077))
	open(t, Options{Dir: dir})
	filetest.WantMode(t, dir, 0o750|fs.ModeSetgid|fs.ModeDir)
}

func TestOptionsAreValidatedTogether(t *testing.T) {
	_, err := Open(Options{FileMode: 0o1640, DirMode: 0o550, MaxOpenFiles: -1, MaxFiles: -2, Sync: 7, Interval: -time.Second})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Dir is empty", "FileMode is 01640", "DirMode is 0550", "MaxOpenFiles is -1",
		"MaxFiles is -2", "Sync is 7", "Interval is -1s"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if _, err := Open(Options{Dir: "a\x00b"}); err == nil {
		t.Error("a NUL byte in Dir is no error")
	}
}

func TestOpenNeedsAUsableDirectory(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	filetest.Must(t, os.WriteFile(file, nil, 0o600), os.Symlink("nowhere", link))
	for _, tt := range []struct {
		name, dir string
		cause     error
	}{
		{"a file in its place", file, syscall.ENOTDIR},
		{"a file above it", filepath.Join(file, "log"), syscall.ENOTDIR},
		{"a link to nowhere", link, fs.ErrNotExist},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(Options{Dir: tt.dir})
			if !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.dir) || !strings.Contains(err.Error(), ": ") {
				t.Errorf("error is %v, want %v with path and cure", err, tt.cause)
			}
		})
	}
	if err := logdir.Probe(vfs.OS, filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Probe of an absent directory: %v", err)
	}
	if err := logdir.Probe(vfs.OS, dir); err != nil {
		t.Error(err)
	}
	filetest.WantNames(t, dir, "file", "link")
}

func TestDirectoryMayBeASymlink(t *testing.T) {
	dir := t.TempDir()
	releases := []string{filepath.Join(dir, "1"), filepath.Join(dir, "2")}
	current := filepath.Join(dir, "current")
	filetest.Must(t, os.Mkdir(releases[0], 0o750), os.Mkdir(releases[1], 0o750), os.Symlink("1", current))
	s := open(t, Options{Dir: current})
	stage(s, "1-0", "app", "one\n")
	commit(t, s)
	filetest.Must(t, os.Symlink("2", current+".new"), os.Rename(current+".new", current)) // a deployment
	stage(s, "2-0", "app", "two\n")
	commit(t, s)
	filetest.WantContent(t, filepath.Join(releases[0], "app-2026-11-23.log"), "one\n")
	filetest.WantContent(t, filepath.Join(releases[1], "app-2026-11-23.log"), "two\n")
}

// TestSpecialFilesFailAlone puts things that must not be written to where a log file belongs.
func TestSpecialFilesFailAlone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		put   func(path, outside string) error
		cause error
	}{
		{"directory", func(path, _ string) error { return os.Mkdir(path, 0o700) }, errNotRegular},
		{"FIFO", func(path, _ string) error { return syscall.Mkfifo(path, 0o600) }, errNotRegular},
		{"link to a file outside", func(path, outside string) error { return os.Symlink(outside, path) }, errSymlink},
		{"link to nothing", func(path, _ string) error { return os.Symlink("nothing", path) }, errSymlink},
		{"link to itself", func(path, _ string) error { return os.Symlink(path, path) }, errSymlink},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			outside := filepath.Join(t.TempDir(), "outside")
			path := filepath.Join(dir, "bad-2026-11-23.log")
			filetest.Must(t, os.WriteFile(outside, []byte("untouched"), 0o600), tt.put(path, outside))
			s := open(t, Options{Dir: dir})
			stage(s, "1-0", "good", "one\n")
			stage(s, "2-0", "bad", "two\n")
			stage(s, "3-0", "bad", "three\n")
			err := failing(t, s)
			if len(err.Failed) != 1 || err.Failed[0].Path != path || !errors.Is(err, tt.cause) {
				t.Errorf("error is %v", err)
			}
			wantUnsaved(t, err, []string{"2-0", "3-0"}, []string{"1-0"})
			filetest.WantContent(t, filepath.Join(dir, "good-2026-11-23.log"), "one\n")
			filetest.WantContent(t, outside, "untouched")

			filetest.Must(t, os.Remove(path))
			stage(s, "4-0", "bad", "four\n")
			commit(t, s)
			filetest.WantContent(t, path, "two\nthree\nfour\n")
		})
	}
}

func wantUnsaved(t *testing.T, err *CommitError, unsaved, saved []string) {
	t.Helper()
	for _, id := range unsaved {
		if !err.Unsaved(0, []byte(id)) {
			t.Errorf("%s is called safe", id)
		}
	}
	for _, id := range saved {
		if err.Unsaved(0, []byte(id)) {
			t.Errorf("%s is called unsafe", id)
		}
	}
	var ids []string
	for _, f := range err.Failed {
		for _, id := range f.IDs {
			ids = append(ids, id.ID)
		}
	}
	if slices.Sort(ids); !slices.Equal(ids, slices.Sorted(slices.Values(unsaved))) {
		t.Errorf("failed ids are %q, want %q", ids, unsaved)
	}
}

func TestCommitErrorNamesFileAndCause(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	for _, channel := range []string{"a", "b"} {
		filetest.Must(t, os.Mkdir(filepath.Join(dir, channel+"-2026-11-23.log"), 0o700))
		stage(s, channel, channel, "x\n")
	}
	err := failing(t, s)
	want := fmt.Sprintf(`commit lines: log file %q: open: is not a regular file: move it away (and 1 more file)`,
		filepath.Join(dir, "a-2026-11-23.log"))
	if err.Error() != want {
		t.Errorf("error is %v, want %v", err, want)
	}
	var one *FileError
	if !errors.As(err, &one) || !errors.Is(one, errNotRegular) {
		t.Errorf("the error has no FileError")
	}
}

// TestFilesMovedUnderFoot does what logrotate, deployments and people do to log files.
func TestFilesMovedUnderFoot(t *testing.T) {
	const name = "app-2026-11-23.log"
	for _, tt := range []struct {
		name string
		do   func(dir string) error
		want map[string]string // afterwards, by path in dir
	}{
		{"renamed", func(dir string) error {
			return os.Rename(filepath.Join(dir, name), filepath.Join(dir, "old"))
		}, map[string]string{name: "two\n", "old": "one\n"}},
		{"replaced", func(dir string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, "new"), []byte("new\n"), 0o600),
				os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, name)))
		}, map[string]string{name: "new\ntwo\n"}},
		{"removed", func(dir string) error {
			return os.Remove(filepath.Join(dir, name))
		}, map[string]string{name: "two\n"}},
		{"truncated", func(dir string) error {
			return os.Truncate(filepath.Join(dir, name), 0)
		}, map[string]string{name: "two\n"}},
		{"directory removed", os.RemoveAll, map[string]string{name: "two\n"}},
		{"directory renamed", func(dir string) error {
			return os.Rename(dir, dir+".old")
		}, map[string]string{name: "two\n", "../log.old/" + name: "one\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			s := open(t, Options{Dir: dir})
			stage(s, "1-0", "app", "one\n")
			commit(t, s)
			filetest.Must(t, tt.do(dir))
			stage(s, "2-0", "app", "two\n")
			commit(t, s)
			for path, want := range tt.want {
				filetest.WantContent(t, filepath.Join(dir, path), want)
			}
			filetest.WantMode(t, dir, 0o750|fs.ModeDir)
		})
	}
}

func TestReopenClosesAllFiles(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	for i := range 3 {
		stage(s, "1-0", fmt.Sprint(i), "x\n")
	}
	commit(t, s)
	s.Reopen()
	if s.OpenFiles() != 3 || s.open.len() != 3 {
		t.Fatalf("%d files are open, it says %d", s.open.len(), s.OpenFiles())
	}
	commit(t, s)
	if s.OpenFiles() != 0 || s.open.len() != 0 {
		t.Errorf("%d files are open after Reopen and Commit, it says %d", s.open.len(), s.OpenFiles())
	}
	stage(s, "2-0", "0", "y\n")
	commit(t, s)
	filetest.WantContent(t, filepath.Join(s.options.Dir, "0-2026-11-23.log"), "x\ny\n")
}

func TestTenThousandChannelsUnderACap(t *testing.T) {
	const channels, rounds, limit = 10_000, 2, 50
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, MaxFiles: channels, MaxOpenFiles: limit, Sync: SyncNever})
	for round := range rounds {
		for i := range channels {
			stage(s, fmt.Sprintf("%d-%d", round+1, i), fmt.Sprint("channel", i), "x\n")
		}
		commit(t, s)
		if s.open.len() > limit {
			t.Fatalf("%d files are open", s.open.len())
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(names) != channels {
		t.Fatalf("%d files (%v)", len(names), err)
	}
	for _, i := range []int{0, 1, limit, channels - 1} {
		filetest.WantContent(t, filepath.Join(dir, fmt.Sprintf("channel%d-2026-11-23.log", i)), "x\nx\n")
	}
	if s.spare.memory > spareLimit {
		t.Errorf("%d bytes are held for the next batch", s.spare.memory)
	}
}

func TestLeastRecentlyWrittenFileIsClosed(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), MaxOpenFiles: 2})
	for i, channel := range []string{"a", "b", "a", "c"} {
		stage(s, fmt.Sprintf("1-%d", i), channel, "x\n")
		commit(t, s)
	}
	var names []string
	for _, f := range s.open.all(func(*file) bool { return true }) {
		names = append(names, f.channel)
	}
	if !slices.Equal(names, []string{"c", "a"}) {
		t.Errorf("open are %q, want c and a", names)
	}
}

func TestTooManyFilesOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // 2000-01-01 00:00:00 UTC
		dir := t.TempDir()
		var log bytes.Buffer
		s, err := Open(Options{Dir: dir, MaxFiles: 2, Timezone: time.UTC, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		filetest.Must(t, err)
		defer s.Close()
		for i, channel := range []string{"a", "b", "c", "d", "a", "c", "overflow"} {
			stage(s, fmt.Sprint(i), channel, channel+"\n")
		}
		for i := range 100 { // days do not multiply it
			s.Stage(0, entry(fmt.Sprint("day", i), ""), []byte("a"), morning.AddDate(0, 0, i+1), []byte("+\n"))
		}
		commit(t, s)
		filetest.WantNames(t, dir, "a-2026-11-23.log", "b-2026-11-23.log", "overflow-2000-01-01.log")
		filetest.WantContent(t, filepath.Join(dir, "a-2026-11-23.log"), "a\na\n")
		filetest.WantContent(t, filepath.Join(dir, "overflow-2000-01-01.log"), "c\nd\nc\noverflow\n"+strings.Repeat("+\n", 100))

		time.Sleep(24 * time.Hour) // the count begins again
		commit(t, s)
		for i, channel := range []string{"c", "d", "e"} {
			stage(s, fmt.Sprint(i), channel, channel+"\n")
		}
		commit(t, s)
		filetest.WantContent(t, filepath.Join(dir, "c-2026-11-23.log"), "c\n")
		filetest.WantContent(t, filepath.Join(dir, "overflow-2000-01-02.log"), "e\n")
		if n := strings.Count(log.String(), "Too many log files"); n != 2 {
			t.Errorf("overflow was told %d times in two days:\n%s", n, &log)
		}
	})
}

func TestYesterdayIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s, err := Open(Options{Dir: dir, Timezone: time.UTC})
		filetest.Must(t, err)
		defer s.Close()
		filetest.Must(t, os.Mkdir(filepath.Join(dir, "bad-2000-01-01.log"), 0o700))
		for range 100 {
			now := time.Now()
			s.Stage(0, entry("1-0", ""), []byte("app"), now, []byte("x\n"))
			if now.YearDay() == 1 {
				s.Stage(0, entry("2-0", ""), []byte("bad"), now, []byte("x\n"))
			}
			_ = s.Commit()
			time.Sleep(24 * time.Hour)
		}
		if len(s.files) != 2 {
			t.Errorf("%d files are known, %d open; want today's and the one that fails", len(s.files), s.open.len())
		}
		filetest.Must(t, os.Remove(filepath.Join(dir, "bad-2000-01-01.log")))
		commit(t, s)
		filetest.WantContent(t, filepath.Join(dir, "bad-2000-01-01.log"), "x\n")
	})
}

func TestIdleFilesAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(Options{Dir: t.TempDir()})
		filetest.Must(t, err)
		defer s.Close()
		stage(s, "1-0", "old", "x\n")
		commit(t, s)
		time.Sleep(idleAfter - time.Second)
		stage(s, "2-0", "app", "x\n")
		commit(t, s)
		time.Sleep(upkeepPause + time.Second)
		synctest.Wait()
		s.lock()
		if s.open.len() != 1 || s.open.oldest().channel != "app" {
			t.Errorf("%d files are open", s.open.len())
		}
		s.unlock()
		time.Sleep(idleAfter + upkeepPause)
		synctest.Wait()
		if s.open.len() != 0 || s.timer != nil {
			t.Errorf("%d files are open, upkeep %v", s.open.len(), s.timer)
		}
	})
}

func TestSyncModes(t *testing.T) {
	for _, tt := range []struct {
		name                   string
		mode                   SyncMode
		committed, late, ended int // syncs of two files after Commit, after the interval, after Close
	}{
		{"batch", SyncBatch, 2, 2, 2},
		{"interval", SyncInterval, 0, 2, 4},
		{"never", SyncNever, 0, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := Open(Options{Dir: t.TempDir(), Sync: tt.mode, Interval: 3 * time.Second})
				filetest.Must(t, err)
				var syncs counter
				s.fdatasync = func(f *file) error { syncs.add(); return f.fd.Datasync() }
				write := func() {
					stage(s, "1-0", "a", "x\n")
					stage(s, "2-0", "b", "x\n")
					commit(t, s)
				}
				write()
				syncs.want(t, "after Commit", tt.committed)
				time.Sleep(3 * time.Second)
				synctest.Wait()
				syncs.want(t, "after the interval", tt.late)
				if tt.mode != SyncBatch {
					write()
				}
				filetest.Must(t, s.Close())
				syncs.want(t, "after Close", tt.ended)
			})
		})
	}
}

func TestIntervalSyncsBeforeAFileIsClosed(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), Sync: SyncInterval, Interval: time.Hour, MaxOpenFiles: 1})
	var syncs counter
	s.fdatasync = func(f *file) error { syncs.add(); return f.fd.Datasync() }
	for i, channel := range []string{"a", "b", "c"} {
		stage(s, fmt.Sprintf("1-%d", i), channel, "x\n")
		commit(t, s)
	}
	syncs.want(t, "after two files were closed", 2)
}

func TestIntervalSyncThatFailsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, err := Open(Options{Dir: t.TempDir(), Sync: SyncInterval, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		filetest.Must(t, err)
		s.fdatasync = func(*file) error { return syscall.EIO }
		stage(s, "1-0", "app", "x\n")
		commit(t, s)
		time.Sleep(DefaultInterval)
		synctest.Wait()
		if !strings.Contains(log.String(), "app-2026-11-23.log") || !strings.Contains(log.String(), "input/output error") {
			t.Errorf("log is %q", &log)
		}
		filetest.Must(t, s.Close())
	})
}

func TestStageDoesNotAllocate(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), Sync: SyncNever, Timezone: mustLoad(t, "Europe/Paris")})
	channels := [][]byte{[]byte("app"), []byte("request"), bytes.Repeat([]byte("long"), 1000)}
	e, line := entry("1795423651867-0", "payload"), bytes.Repeat([]byte("x"), 532)
	fill := func() {
		for i := range 900 {
			s.Stage(0, e, channels[i%3], morning.AddDate(0, 0, i%2), line)
		}
	}
	fill()
	commit(t, s)
	fill() // memory of the batch before may be spread otherwise
	commit(t, s)
	// Of several runs: what the runtime allocates meanwhile counts, too.
	if n := testing.AllocsPerRun(10, func() { fill(); s.drop() }); n > 0 {
		t.Errorf("900 lines made %v allocations", n)
	}
}

// drop settles everything as if it were written.
func (s *Sink) drop() {
	for _, f := range s.waiting {
		s.settle(f)
	}
	s.waiting = s.waiting[:0]
}

func TestHugeBatchIsNotHeld(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), Sync: SyncNever})
	line := strings.Repeat("x", 1<<20) + "\n"
	for range 20 {
		stage(s, "1-0", "app", line)
	}
	commit(t, s)
	if s.spare.memory > spareLimit {
		t.Errorf("%d bytes are held", s.spare.memory)
	}
}

// counter counts what several goroutines do.
type counter struct{ n atomic.Int64 }

func (c *counter) add() { c.n.Add(1) }

func (c *counter) want(t *testing.T, when string, want int) {
	t.Helper()
	if got := int(c.n.Load()); got != want {
		t.Errorf("%s: %d, want %d", when, got, want)
	}
}

func TestTheTimeOfSyncsIsTold(t *testing.T) {
	var took []time.Duration
	s := open(t, Options{Dir: t.TempDir(), Synced: func(d time.Duration) { took = append(took, d) }})
	s.fdatasync = func(*file) error { return nil }
	stage(s, "1-0", "app", "line")
	commit(t, s)
	commit(t, s)
	if len(took) != 1 || took[0] <= 0 {
		t.Errorf("two commits, the second one without lines, told %v", took)
	}
}
