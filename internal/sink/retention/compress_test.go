package retention

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// run runs k until stop is called.
func run(t *testing.T, k *Keeper) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// lines is content that compresses, and is longer than a buffer.
func lines(n int) string {
	return strings.Repeat("[2026-11-22T10:00:00.000000+00:00] app.INFO: a line of a log\n", n)
}

func TestCompressedFilesAreTheSame(t *testing.T) {
	for _, test := range []struct {
		how     Compression
		command []string
	}{
		{Gzip, []string{"gzip", "-dc"}},
		{Zstd, []string{"zstd", "-dcq"}},
	} {
		for name, content := range map[string]string{"empty": "", "short": "a\n", "long": lines(50_000)} {
			t.Run(string(test.how)+"/"+name, func(t *testing.T) {
				dir, at := t.TempDir(), noon().AddDate(0, 0, -1)
				put(t, dir, "app-2026-11-22.log", content, at)
				must(t, os.Chmod(filepath.Join(dir, "app-2026-11-22.log"), 0o604))
				var log said
				k := newKeeper(t, Options{Dir: dir, Compress: test.how, CompressAfter: 24 * time.Hour, Timezone: time.UTC, Logger: log.logger()})
				pass(t, k, noon())
				archive := "app-2026-11-22.log" + string(test.how)
				wantNames(t, dir, archive)
				if got := unpacked(t, filepath.Join(dir, archive)); got != content {
					t.Errorf("%d bytes came back, want %d", len(got), len(content))
				}
				info, err := os.Stat(filepath.Join(dir, archive))
				must(t, err)
				if info.Mode().Perm() != 0o604 || !info.ModTime().Equal(at) {
					t.Errorf("it has mode %v and time %v", info.Mode(), info.ModTime())
				}
				log.want(t, `level=INFO msg="Compressed a log file."`, 1)
				wantCommandReads(t, filepath.Join(dir, archive), test.command, content)
			})
		}
	}
}

// wantCommandReads has the usual program read the archive too, where it is installed.
func wantCommandReads(t *testing.T, path string, command []string, want string) {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		return // the integration tests insist
	}
	got, err := exec.Command(command[0], append(command[1:], path)...).Output()
	if err != nil || string(got) != want {
		t.Errorf("%s: %d bytes, %v; want %d", command[0], len(got), err, len(want))
	}
}

func unpacked(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	return unpackedFile(t, f, Compression(filepath.Ext(path)))
}

func unpackedFile(t *testing.T, f *os.File, how Compression) string {
	t.Helper()
	defer f.Close()
	r, err := newUnpacker(f, how)
	must(t, err)
	defer r.Close()
	content, err := io.ReadAll(r)
	must(t, err)
	return string(content)
}

func TestWhatIsCompressed(t *testing.T) {
	old := noon().AddDate(0, 0, -1)
	for _, test := range []struct {
		name string
		file string
		at   time.Time
		want bool
	}{
		{"of yesterday", "app-2026-11-22.log", old, true},
		{"written to lately", "app-2026-11-22.log", old.Add(time.Second), false},
		{"of today", "app-2026-11-23.log", old, false},
		{"the first of today, followed", "b-2026-11-23.log", old, false},
		{"a number of today, followed", "b-2026-11-23.1.log", old, true},
		{"the last number of today", "b-2026-11-23.2.log", old, false},
		{"of tomorrow", "app-2026-11-24.log", old, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, test.file, "x\n", test.at)
			if strings.HasPrefix(test.file, "b") {
				put(t, dir, "b-2026-11-23.2.log", "y\n", old)
			}
			pass(t, newKeeper(t, Options{Dir: dir, Compress: Gzip, CompressAfter: 24 * time.Hour, Timezone: time.UTC}), noon())
			if got := slices.Contains(names(t, dir), test.file+".gz"); got != test.want {
				t.Errorf("compressed: %v", got)
			}
		})
	}
}

// TestWhatAKilledProcessLeft begins with each state that a process can leave that was killed.
func TestWhatAKilledProcessLeft(t *testing.T) {
	content := lines(40_000)
	packed := func(t *testing.T, content string) string {
		var b strings.Builder
		must(t, pack(t.Context(), &b, strings.NewReader(content), Gzip))
		return b.String()
	}
	const file, archive = "app-2026-11-22.log", "app-2026-11-22.log.gz"
	for _, test := range []struct {
		name string
		left func(t *testing.T) map[string]string
		want map[string]string // unpacked
	}{
		{"a half-made archive", func(t *testing.T) map[string]string {
			return map[string]string{file: content, "." + archive + ".part": packed(t, content)[:100], ".app-2026-11-21.log.zst.part": ""}
		}, map[string]string{archive: content}},
		{"both", func(t *testing.T) map[string]string {
			return map[string]string{file: content, archive: packed(t, content)}
		}, map[string]string{archive: content}},
		{"both, and lines behind", func(t *testing.T) map[string]string {
			return map[string]string{file: content + "more\n", archive: packed(t, content)}
		}, map[string]string{archive: content + "more\n"}},
		{"other content", func(t *testing.T) map[string]string {
			return map[string]string{file: "of PHP\n", archive: packed(t, content)}
		}, map[string]string{archive: content, "app-2026-11-22.1.log.gz": "of PHP\n"}},
		{"other content, and numbers", func(t *testing.T) map[string]string {
			return map[string]string{file: "of PHP\n", archive: packed(t, content), "app-2026-11-22.4.log.gz": packed(t, "4\n")}
		}, map[string]string{archive: content, "app-2026-11-22.4.log.gz": "4\n", "app-2026-11-22.5.log.gz": "of PHP\n"}},
		{"a file that a power cut has brought back, shorter", func(t *testing.T) map[string]string {
			return map[string]string{file: content[:100], archive: packed(t, content)}
		}, map[string]string{archive: content}},
		{"a file that a power cut has brought back, empty", func(t *testing.T) map[string]string {
			return map[string]string{file: "", archive: packed(t, content)}
		}, map[string]string{archive: content}},
		{"a file that a power cut has brought back, with zeros", func(t *testing.T) map[string]string {
			return map[string]string{file: zeros(content, 4096, 1<<20+4096), archive: packed(t, content)}
		}, map[string]string{archive: content}},
		{"zeros, and lines behind", func(t *testing.T) map[string]string {
			return map[string]string{file: zeros(content, 4096, 8192) + "more\n", archive: packed(t, content)}
		}, map[string]string{archive: content, "app-2026-11-22.1.log.gz": zeros(content, 4096, 8192) + "more\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range test.left(t) {
				put(t, dir, name, content, noon().AddDate(0, 0, -1))
			}
			pass(t, newKeeper(t, Options{Dir: dir, Compress: Gzip, Timezone: time.UTC}), noon())
			var want []string
			for name, content := range test.want {
				want = append(want, name)
				if got := unpacked(t, filepath.Join(dir, name)); got != content {
					t.Errorf("%s has %d bytes, want %d", name, len(got), len(content))
				}
			}
			wantNames(t, dir, want...)
			if parts, _ := filepath.Glob(filepath.Join(dir, ".*.part")); len(parts) > 0 {
				t.Errorf("left are %q", parts)
			}
		})
	}
}

// zeros returns content as it is when a disk has not got all of its pages.
func zeros(content string, from, to int) string {
	return content[:from] + strings.Repeat("\x00", to-from) + content[to:]
}

// TestLinesThatRepeatTheArchiveStay has a program begin the file of a past day again, with the first lines of its archive: what was
// written after that was compressed is never taken for what a power cut has brought back.
func TestLinesThatRepeatTheArchiveStay(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	must(t, pack(t.Context(), &b, strings.NewReader(lines(3)), Gzip))
	put(t, dir, "app-2026-11-22.log", lines(2), noon().AddDate(0, 0, -1).Add(time.Second))
	put(t, dir, "app-2026-11-22.log.gz", b.String(), noon().AddDate(0, 0, -1))
	pass(t, newKeeper(t, Options{Dir: dir, KeepDays: 9, Timezone: time.UTC}), noon())
	wantNames(t, dir, "app-2026-11-22.log.gz", "app-2026-11-22.1.log")
}

// TestKilledWhileItRenumbers has a file under its former name and its new one.
func TestKilledWhileItRenumbers(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	must(t, pack(t.Context(), &b, strings.NewReader("content\n"), Gzip))
	put(t, dir, "app-2026-11-22.log", "of PHP\n", noon().AddDate(0, 0, -1))
	put(t, dir, "app-2026-11-22.log.gz", b.String(), noon().AddDate(0, 0, -1))
	must(t, os.Link(filepath.Join(dir, "app-2026-11-22.log"), filepath.Join(dir, "app-2026-11-22.1.log")))
	pass(t, newKeeper(t, Options{Dir: dir, KeepDays: 9, Timezone: time.UTC}), noon())
	wantNames(t, dir, "app-2026-11-22.log.gz", "app-2026-11-22.1.log")
}

// TestBrokenArchiveKeepsItsFile has an archive that ends too early, just after its last byte of content: the file stays
// under another name, and the archive too, since something may be saved out of it.
func TestBrokenArchiveKeepsItsFile(t *testing.T) {
	for _, left := range []string{"content\n", "cont", ""} {
		dir := t.TempDir()
		var b strings.Builder
		must(t, pack(t.Context(), &b, strings.NewReader("content\n"), Gzip))
		put(t, dir, "app-2026-11-22.log", left, noon().AddDate(0, 0, -1))
		put(t, dir, "app-2026-11-22.log.gz", b.String()[:b.Len()-8], noon().AddDate(0, 0, -1))
		pass(t, newKeeper(t, Options{Dir: dir, KeepDays: 9, Timezone: time.UTC}), noon())
		wantNames(t, dir, "app-2026-11-22.log.gz", "app-2026-11-22.1.log")
	}
}

// TestWrittenToWhileCompressed has a line come after the content that was read already.
func TestWrittenToWhileCompressed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "app-2026-11-22.log", lines(10), noon().AddDate(0, 0, -1))
	k := newKeeper(t, Options{Dir: dir, Compress: Gzip, Timezone: time.UTC})
	n, err := k.take(noon())
	must(t, err)
	f := n.files[0]
	_, err = k.makeArchive(t.Context(), f, k.partOf(f))
	must(t, err)
	put(t, dir, "app-2026-11-22.log", lines(11), noon())
	if err := k.replace(f, k.partOf(f)); !errors.Is(err, errInUse) {
		t.Errorf("replace: %v", err)
	}
	pass(t, k, noon().Add(time.Hour))
	if got := unpacked(t, filepath.Join(dir, "app-2026-11-22.log.gz")); got != lines(11) {
		t.Errorf("%d bytes", len(got))
	}
}

func TestErrorsAreToldOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a-2026-11-21.log", "a-2026-11-22.log"} {
		put(t, dir, name, "x\n", noon().AddDate(0, 0, -1))
		must(t, os.MkdirAll(filepath.Join(dir, "."+name+".gz.part", "in the way"), 0o700))
	}
	var log said
	k := newKeeper(t, Options{Dir: dir, Compress: Gzip, Timezone: time.UTC, Logger: log.logger()})
	for range 3 {
		must(t, k.work(t.Context(), noon()))
	}
	log.want(t, "level=WARN", 1)
	log.want(t, "directory not empty", 1)
}
