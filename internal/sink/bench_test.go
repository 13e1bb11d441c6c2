package sink

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"envelog/internal/vfs"
)

const (
	benchLine  = 532  // bytes, as of a typical record
	benchBatch = 1000 // lines
)

// BenchmarkCommit is Stage for each line and Commit for each batch, beside the bare system calls; one operation is one
// line. ENVELOG_BENCH_DIR names a directory on the disk that is meant; without it, it is that of the temporary files.
func BenchmarkCommit(b *testing.B) {
	line := append(bytes.Repeat([]byte("x"), benchLine-1), '\n')
	modes := []struct {
		name string
		mode SyncMode
	}{{"batch", SyncBatch}, {"interval", SyncInterval}, {"never", SyncNever}}
	for _, files := range []int{1, 5} {
		for _, m := range modes {
			for _, journal := range []string{"", "bench"} {
				b.Run(fmt.Sprintf("files=%d/sync=%s/journal=%v/sink", files, m.name, journal != ""), func(b *testing.B) {
					benchSink(b, files, Options{Sync: m.mode, Journal: journal, Sources: []string{"bench"}}, line)
				})
			}
		}
		for _, sync := range []bool{true, false} {
			b.Run(fmt.Sprintf("files=%d/sync=%v/raw", files, sync), func(b *testing.B) {
				benchRaw(b, files, sync, line)
			})
		}
	}
}

func benchDir(b *testing.B) string {
	dir, err := os.MkdirTemp(os.Getenv("ENVELOG_BENCH_DIR"), "sink")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func benchSink(b *testing.B, files int, options Options, line []byte) {
	dir := benchDir(b)
	options.Dir = dir
	s, err := Open(options)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	channels, e, at := benchChannels(files), entry("1795423651867-0", ""), time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for n := 1; b.Loop(); n++ {
		e.ID = strconv.AppendInt(append(e.ID[:0], "1795423651867-"...), int64(n), 10)
		if s.Written(0, e) {
			b.Fatalf("%s is known", e.ID)
		}
		s.Stage(0, e, channels[n%files], at, line)
		if n%benchBatch == 0 {
			if err := s.Commit(); err != nil {
				b.Fatal(err)
			}
		}
		if n%(500*benchBatch) == 0 {
			emptyFiles(b, dir)
		}
	}
}

// benchRaw copies lines into buffers and writes and syncs them, one file after the other.
func benchRaw(b *testing.B, files int, sync bool, line []byte) {
	dir := benchDir(b)
	fds, buffers := make([]vfs.File, files), make([][]byte, files)
	for i := range fds {
		fd, err := vfs.OS.OpenFile(filepath.Join(dir, fmt.Sprintf("%d.log", i)), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
		if err != nil {
			b.Fatal(err)
		}
		defer fd.Close()
		fds[i] = fd
	}
	b.SetBytes(int64(len(line)))
	for n := 1; b.Loop(); n++ {
		buffers[n%files] = append(buffers[n%files], line...)
		if n%benchBatch == 0 {
			for i, fd := range fds {
				if _, err := fd.Append(buffers[i]); err != nil {
					b.Fatal(err)
				}
				if sync {
					if err := fd.Datasync(); err != nil {
						b.Fatal(err)
					}
				}
				buffers[i] = buffers[i][:0]
			}
		}
		if n%(500*benchBatch) == 0 {
			emptyFiles(b, dir)
		}
	}
}

// emptyFiles keeps a long benchmark from filling the disk.
func emptyFiles(b *testing.B, dir string) {
	b.StopTimer()
	defer b.StartTimer()
	names, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range names {
		if err := os.Truncate(name, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func benchChannels(n int) (channels [][]byte) {
	for i := range n {
		channels = append(channels, fmt.Appendf(nil, "channel_%d", i))
	}
	return channels
}

// BenchmarkStage is Stage alone, for a few channels and zones.
func BenchmarkStage(b *testing.B) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		b.Fatal(err)
	}
	line, e := append(bytes.Repeat([]byte("x"), benchLine-1), '\n'), entry("1795423651867-0", "")
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		channels int
		zone     *time.Location
	}{{"one channel", 1, nil}, {"five channels", 5, nil}, {"five channels, zone with DST", 5, paris}} {
		b.Run(c.name, func(b *testing.B) {
			s, err := Open(Options{Dir: benchDir(b), Timezone: c.zone})
			if err != nil {
				b.Fatal(err)
			}
			channels := benchChannels(c.channels)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				s.Stage(0, e, channels[n%c.channels], at, line)
				if n%benchBatch == 0 {
					for _, f := range s.waiting {
						s.settle(f)
					}
					s.waiting = s.waiting[:0]
				}
			}
		})
	}
}
