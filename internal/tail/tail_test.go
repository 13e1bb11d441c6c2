package tail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/format"
	"envelog/internal/filetest"
	"envelog/record"
	"envelog/transport"
)

// line is one in the format keyvalue, at that second.
func line(second int, channel, level, message string) string {
	return fmt.Sprintf("[2026-11-30T10:00:%02d.000000+00:00] %s.%s: %s\n", second, channel, level, message)
}

func add(t *testing.T, dir, name, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// want compares the messages of lines.
func want(t *testing.T, lines []Line, err error, messages ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, l.Text[strings.LastIndex(l.Text, " ")+1:])
	}
	if diff := cmp.Diff(messages, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestTheLastLinesOfAllChannelsAreInTheOrderOfTime(t *testing.T) {
	dir := t.TempDir()
	add(t, dir, "app-2026-11-29.log", line(1, "app", "INFO", "a1"))
	add(t, dir, "app-2026-11-30.log", line(3, "app", "INFO", "a3")+line(5, "app", "ERROR", "a5"))
	add(t, dir, "app-2026-11-30.1.log", line(6, "app", "INFO", "a6"))
	add(t, dir, "db-2026-11-30.log", line(2, "db", "INFO", "d2")+line(4, "db", "WARNING", "d4"))
	add(t, dir, "app-2026-11-28.log.gz", "not read")
	add(t, dir, "other.txt", "not read\n")
	for n, messages := range map[int][]string{
		3:  {"d4", "a5", "a6"},
		5:  {"d2", "a3", "d4", "a5", "a6"},
		50: {"a1", "d2", "a3", "d4", "a5", "a6"},
	} {
		lines, err := New(dir, Filter{}).Last(n)
		want(t, lines, err, messages...)
	}
	lines, err := New(dir, Filter{Channels: []string{"db"}}).Last(9)
	want(t, lines, err, "d2", "d4")
	lines, err = New(dir, Filter{Least: record.Warning}).Last(9)
	want(t, lines, err, "d4", "a5")
	lines, err = New(dir, Filter{Match: func(text string) bool { return strings.Contains(text, "a") && strings.HasSuffix(text, "3") }}).Last(9)
	want(t, lines, err, "a3")
}

func TestNextGoesOnAcrossRotation(t *testing.T) {
	dir := t.TempDir()
	add(t, dir, "app-2026-11-29.log", line(1, "app", "INFO", "a1")+"[2026-11-30T10:00:02.000000+00:00] app.INFO: half")
	r := New(dir, Filter{})
	lines, err := r.Last(10)
	want(t, lines, err, "a1")
	lines, err = r.Next()
	want(t, lines, err)
	add(t, dir, "app-2026-11-29.log", " a2\n")
	add(t, dir, "app-2026-11-30.log", line(4, "app", "INFO", "a4"))
	add(t, dir, "db-2026-11-30.log", line(3, "db", "INFO", "d3"))
	lines, err = r.Next()
	want(t, lines, err, "a2", "d3", "a4")
	// The file is moved away, and another one takes its name.
	if err := os.Rename(filepath.Join(dir, "db-2026-11-30.log"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	add(t, dir, "db-2026-11-30.log", line(5, "db", "INFO", "d5"))
	lines, err = r.Next()
	want(t, lines, err, "d5")
	// It is cut, as by copytruncate.
	if err := os.Truncate(filepath.Join(dir, "db-2026-11-30.log"), 0); err != nil {
		t.Fatal(err)
	}
	lines, err = r.Next()
	want(t, lines, err)
	add(t, dir, "db-2026-11-30.log", line(6, "db", "INFO", "d6"))
	lines, err = r.Next()
	want(t, lines, err, "d6")
}

func TestALargeFileIsReadFromItsEnd(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 5000 {
		text.WriteString(line(i%60, "app", "INFO", strings.Repeat("x", 100)+fmt.Sprintf(" m%d", i)))
	}
	add(t, dir, "app-2026-11-30.log", text.String()+line(59, "app", "ERROR", strings.Repeat("y", 3*blockSize)+" long")+"half a line")
	r := New(dir, Filter{})
	lines, err := r.Last(2)
	if err != nil || len(lines) != 2 {
		t.Fatal(lines, err)
	}
	if len(lines[1].Text) != MaxLine || lines[1].Level != record.Error {
		t.Errorf("the long line has %d bytes and the level %v", len(lines[1].Text), lines[1].Level)
	}
	want(t, lines[:1], nil, "m4999")
	add(t, dir, "app-2026-11-30.log", " ends\n")
	lines, err = r.Next()
	want(t, lines, err, "ends")
}

func TestOnlyTheEndOfWhatWasAddedIsRead(t *testing.T) {
	dir := t.TempDir()
	add(t, dir, "app-2026-11-30.log", line(1, "app", "INFO", "a1"))
	r := New(dir, Filter{})
	r.Scan = 90
	lines, err := r.Last(1)
	want(t, lines, err, "a1")
	add(t, dir, "app-2026-11-30.log", line(2, "app", "INFO", "a2")+line(3, "app", "INFO", "a3")+line(4, "app", "INFO", "a4"))
	lines, err = r.Next()
	want(t, lines, err, "a4")
}

func TestWhatIsNoLineOfOursHasThePlaceOfTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	add(t, dir, "app-2026-11-30.log", line(1, "app", "INFO", "a1")+"#0 {main}\n"+line(3, "app", "INFO", "a3"))
	add(t, dir, "db-2026-11-30.log", line(2, "db", "INFO", "d2"))
	lines, err := New(dir, Filter{}).Last(10)
	want(t, lines, err, "a1", "{main}", "d2", "a3")
	lines, err = New(dir, Filter{Channels: []string{"app"}, Least: record.Info}).Last(10)
	want(t, lines, err, "a1", "{main}", "a3")
}

// TestWhatANeighbourPutsThereKeepsNoLineBack puts links, FIFOs and unreadable files beside the logs: the lines of the logs are shown all the same.
func TestWhatANeighbourPutsThereKeepsNoLineBack(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	filetest.Must(t, os.Chmod(dir, 0o755), os.WriteFile(elsewhere, []byte("secret\n"), 0o600)) //nolint:gosec // as others have it
	for parent := dir; parent != os.TempDir() && len(parent) > 1; parent = filepath.Dir(parent) {
		filetest.Must(t, os.Chmod(parent, 0o755)) //nolint:gosec // as above
	}
	add(t, dir, "app-2026-11-30.log", line(1, "app", "INFO", "a1"))
	add(t, dir, "locked-2026-11-30.log", line(2, "locked", "INFO", "l2"))
	filetest.Must(t, os.Chmod(filepath.Join(dir, "app-2026-11-30.log"), 0o644), os.Chmod(filepath.Join(dir, "locked-2026-11-30.log"), 0), //nolint:gosec // as above
		syscall.Mkfifo(filepath.Join(dir, "fifo-2026-11-30.log"), 0o644), os.Symlink(elsewhere, filepath.Join(dir, "link-2026-11-30.log")),
		os.Mkdir(filepath.Join(dir, "dir-2026-11-30.log"), 0o755)) //nolint:gosec // as above
	asNobody(t, func() {
		r := New(dir, Filter{})
		lines, err := r.Last(10)
		if len(lines) != 1 || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v, %v", lines, err)
		}
		lines, err = r.Next()
		if len(lines) != 0 || err != nil {
			t.Errorf("nothing was added: %v, %v", lines, err)
		}
	})
}

// asNobody calls f with the rights to files of another user than root.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if _, err := unix.SetfsuidRetUid(65534); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

func TestADirectoryThatIsNotThereIsAnError(t *testing.T) {
	if _, err := New(filepath.Join(t.TempDir(), "none"), Filter{}).Last(1); err == nil {
		t.Error("no error")
	}
}

// TestEveryFormatIsRead prints what real applications sent in each format, and finds time and level again.
func TestEveryFormatIsRead(t *testing.T) {
	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keyvalue", "line", "json", "logfmt"} {
		formatter, err := format.New(name, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, suite := range fixtures.Suites() {
			cases, err := fixtures.Typical(suite)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				var r record.Record
				if err := d.Decode(&transport.Entry{Message: c.Field}, &r); err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				text := strings.TrimSuffix(string(formatter.Append(nil, &r)), "\n")
				at, level := Parse(text)
				if !at.Equal(r.Time.Truncate(time.Microsecond)) || level != r.Level {
					t.Errorf("%s %s: %v %v, want %v %v in %.200s", name, c.Name, at, level, r.Time, r.Level, text)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		strings.TrimSuffix(line(1, "app", "INFO", "x"), "\n"), `{"datetime":"2026-11-30T10:00:00+00:00","level":300}`,
		"ts=2026-11-30T10:00:00+00:00 level=warning channel=app msg=x", `["]`, "{", "ts= level= ",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, level := Parse(text); level != 0 && strings.HasPrefix(level.String(), "0") {
			t.Errorf("%q has the level %v", text, level)
		}
	})
}
