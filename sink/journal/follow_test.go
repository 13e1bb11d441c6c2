package journal

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestOthersFollow has a process commit records of all sizes to a small journal, and others look at it now and then, or
// for the first time: each must know what the journal must remember, its last half, and nothing that was never there.
func TestOthersFollow(t *testing.T) {
	const size = halvesAt + 2*minHalf
	for _, seed := range []uint64{1, 2, 3, 4} {
		random := rand.New(rand.NewPCG(seed, 0))
		dir := t.TempDir()
		p := startWith(t, Options{Dir: dir, Name: "writer", Bytes: size})
		follower := startWith(t, Options{Dir: dir, Name: "follower", Bytes: size})
		next := 1
		for round := range 400 {
			n := 1 + random.IntN(60)
			if random.IntN(4) == 0 {
				n = 14 // with what surrounds them, one sector
			}
			p.commit(next, next+n)
			next += n
			if random.IntN(20) > 0 {
				continue
			}
			for _, q := range []*process{p, follower, startWith(t, Options{Dir: dir, Name: "newcomer", Bytes: size})} {
				q.wantVerdicts(max(1, next-minHalf/(lineBytes+sector/2)), next, Written)
				q.wantVerdicts(next, next+3, Unknown)
			}
			if round%2 == 0 {
				p.die()
				p = startWith(t, Options{Dir: dir, Name: "writer", Bytes: size})
			}
		}
		info, err := os.Stat(filepath.Join(dir, Dir, "writer.journal"))
		if must(t, err); info.Size() != size {
			t.Errorf("the journal has %d bytes", info.Size())
		}
	}
}

// TestWhatIsNoJournal opens a journal where something else is.
func TestWhatIsNoJournal(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(dir string) error
		ok      bool
	}{
		{"a file for a directory", func(dir string) error { return os.WriteFile(filepath.Join(dir, Dir), nil, 0o600) }, false},
		{"no log directory", os.Remove, false},
		{"a directory for a journal", func(dir string) error { return os.MkdirAll(filepath.Join(dir, Dir, "a.journal"), 0o700) }, false},
		{"a symbolic link", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, Dir), 0o700), os.Symlink("/dev/null", filepath.Join(dir, Dir, "a.journal")))
		}, false},
		{"garbage", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, Dir), 0o700),
				os.WriteFile(filepath.Join(dir, Dir, "a.journal"), []byte("garbage"), 0o600),
				os.WriteFile(filepath.Join(dir, Dir, "other.journal"), []byte("garbage"), 0o600),
				os.WriteFile(filepath.Join(dir, Dir, "gate"), []byte("x"), 0o600))
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, tt.prepare(dir))
			o := Options{Dir: dir, Name: "a", Mode: 0o640, DirMode: 0o750, Logger: slog.New(slog.DiscardHandler)}
			j, err := Open(o)
			if (err == nil) != tt.ok {
				t.Fatalf("Open() = %v", err)
			}
			if err == nil {
				j.Close()
			}
		})
	}
}

// FuzzRecord reads records of any content, whose checksum is right: no number in them may lead out of them.
func FuzzRecord(f *testing.F) {
	var w writer
	f.Add(w.encode(7, time.UnixMilli(1795423651867), []uint64{1, 2}, []Block{
		{Name: "app-2026-11-23.log", Lines: []Line{line(1), line(2)}, Bytes: []byte(texts(1, 3)), Place: Place{1, 2, 4000}},
		{Name: "db-2026-11-23.log", Lines: []Line{line(3)}, Bytes: text(3), Laid: true},
	}))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = parseHeader(b)
		_, _ = parseSlot(b)
		if r, ok := parseHead(b); ok && r.body <= len(b) {
			binary.LittleEndian.PutUint32(b[4:], Sum(b[8:r.body]))
		}
		r, ok := parseRecord(b)
		if !ok {
			return
		}
		for i := range r.sources {
			r.source(i)
		}
		for _, e := range r.entries() {
			if lines := r.linesOf(e); len(lines) > len(b)/lineBytes {
				t.Errorf("%d lines in %d bytes", len(lines), len(b))
			}
			_, _ = parseSlot(r.raw[e.slot:])
		}
		for i := range r.lines {
			l := r.line(i)
			key, _, _ := r.source(int(l.Source))
			if r.find(key, l.ID, l.Sum) > i {
				t.Errorf("line %d is not found", i)
			}
			r.fate(i)
		}
	})
}

// TestDamagedJournals lets a process find the journal of one that is dead, damaged anywhere: it must go on, and write.
func TestDamagedJournals(t *testing.T) {
	whole := journalOf(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		damaged := slices.Clone(whole[:len(whole)-random.IntN(2)*random.IntN(len(whole))])
		for range random.IntN(4) {
			damaged[random.IntN(min(len(damaged), halvesAt+4*sector))] ^= byte(1 << random.IntN(8))
		}
		dir := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dir, Dir), 0o750), os.WriteFile(filepath.Join(dir, Dir, "dead.journal"), damaged, 0o640))
		appendTo(t, dir, []byte(texts(1, 20)+"[torn"))
		p := startWith(t, Options{Dir: dir, Name: "p", Bytes: halvesAt + 2*minHalf})
		must(t, p.Enter())
		for n := range 50 {
			l := line(n)
			_, _ = p.Ask(&l) // an error leaves the entry pending
		}
		p.Leave()
		must(t, p.ResolveAll())
		p.commit(1000, 1010)
		p.wantVerdicts(1000, 1010, Written)
		if got, want := content(t, filepath.Join(dir, logName)), texts(1, 20)+"[torn"+texts(1000, 1010); got != want {
			t.Fatalf("file holds %q", got)
		}
		p.die()
	}
}

// journalOf returns the journal of a process that was killed after two commits, in the midst of the third.
func journalOf(t *testing.T) []byte {
	dir := t.TempDir()
	j, err := Open(Options{Dir: dir, Name: "a", Sources: []string{"messages", "other"}, Mode: 0o640, DirMode: 0o750,
		Bytes: halvesAt + 2*minHalf, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer j.Close()
	for from := 1; from < 40; from += 13 {
		b := Block{Name: logName, Place: Place{Off: int64(from-1) * 100}}
		for n := from; n < from+13; n++ {
			b.Lines, b.Bytes = append(b.Lines, line(n)), append(b.Bytes, text(n)...)
		}
		must(t, j.Enter(), j.Write([]Block{b}), j.Begin(0, b.Place))
		j.Leave()
	}
	b, err := os.ReadFile(filepath.Join(dir, Dir, "a.journal"))
	must(t, err)
	return b
}
