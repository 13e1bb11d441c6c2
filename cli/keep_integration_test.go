//go:build integration && linux

package cli_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"envelog/internal/redistest"
)

// TestOldFilesAreCompressedAndRemoved has a worker keep two days, and compress what is older than an hour.
func TestOldFilesAreCompressedAndRemoved(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	today := time.Now().UTC()
	day := func(ago int) string { return today.AddDate(0, 0, -ago).Format("2006-01-02") }
	for name, ago := range map[string]int{"app-" + day(9) + ".log": 9, "app-" + day(3) + ".log": 3, "foreign-" + day(9) + ".txt": 9} {
		path, at := filepath.Join(dir, name), today.AddDate(0, 0, -ago)
		if err := os.WriteFile(path, []byte("a line\n"), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(outside, []byte("not ours\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link-"+day(9)+".log")); err != nil {
		t.Fatal(err)
	}
	w := startWorker(t, binary, dsnOf(server), dir, "--keep-days=5", "--compress=gzip", "--compress-after=1h", "--timezone=UTC")
	archive := filepath.Join(dir, "app-"+day(3)+".log.gz")
	eventually(t, "an archive", func() bool { _, err := os.Lstat(archive); return err == nil })
	eventually(t, "the expired file to go", func() bool {
		_, err := os.Lstat(filepath.Join(dir, "app-"+day(9)+".log"))
		return os.IsNotExist(err)
	})
	w.end(syscall.SIGTERM)
	if got := gunzip(t, archive); got != "a line\n" {
		t.Errorf("the archive has %q", got)
	}
	for _, path := range []string{outside, filepath.Join(dir, "link-"+day(9)+".log"), filepath.Join(dir, "foreign-"+day(9)+".txt")} {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("what is no log file of envelog's is gone: %v", err)
		}
	}
}

func gunzip(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestKilledBeforeCompression kills a worker between the append and the acknowledgement. A worker of another name, which
// compresses, must leave the file as long as it is open whether the line stands in it; in the end it stands there once.
func TestKilledBeforeCompression(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildFaults(t), redistest.Start(t), t.TempDir()
	message := bytes.ReplaceAll(numbered(t)(0), []byte("2026-11-23"), []byte("2020-11-23")) // of a day that is over
	server.Do("XADD", "messages", "*", "message", message)
	killAt(t, "after-append", binary, []string{"messenger:consume", "async", "--dsn=async=" + dsnOf(server), "--log-dir=" + dir,
		"--consumer=first", "--timezone=UTC"})
	wantOnceEach(t, 1, numbers(t, dir))
	paths, _ := filepath.Glob(filepath.Join(dir, "*.log")) // the pattern is a good one
	old := time.Now().AddDate(0, 0, -2)
	for _, path := range paths {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}

	args := []string{"--consumer=second", "--compress=gzip", "--compress-after=1h", "--timezone=UTC"}
	second := startWorker(t, buildBinary(t), dsnOf(server)+"?redeliver_timeout=1&claim_interval=100", dir, args...)
	eventually(t, "an empty stream", func() bool { return server.Do("XLEN", "messages") == int64(0) })
	second.end(syscall.SIGTERM)
	third := startWorker(t, buildBinary(t), dsnOf(server), dir, args...) // looks at all files when it starts
	archive := filepath.Join(dir, filepath.Base(paths[0])+".gz")
	eventually(t, "an archive alone", func() bool {
		_, err := os.Lstat(archive)
		return err == nil && len(numbers(t, dir)) == 0
	})
	// The second one may have made the archive already. A process that has hardly been started cannot catch a signal.
	eventually(t, "the third worker to run", func() bool {
		_, err := os.Stat(filepath.Join(dir, ".envelog", "worker-second.health"))
		return err == nil
	})
	third.end(syscall.SIGTERM)
	if content := gunzip(t, archive); strings.Count(content, "\n") != 1 {
		t.Errorf("the archive has %q, not one line", content)
	}
}
