package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAFailureThatCannotBeNoted withdraws a block while the journal cannot be written: the next record must not come before
// that is noted, since it would make the block count as appended.
func TestAFailureThatCannotBeNoted(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "p")
	b := p.write(1, 11)
	must(t, p.Begin(0, b.Place))
	writable := p.own.f
	readOnly, err := os.Open(writable.Name())
	must(t, err)
	defer readOnly.Close()
	p.own.f = readOnly
	next := []Block{p.block(logName, 11, 21)}
	must(t, p.Enter())
	if p.Withdraw(0) == nil || p.Write(next) == nil {
		t.Error("wrote what is open for reading")
	}
	p.Leave()
	p.own.f = writable
	p.commit(11, 21)
	p.die()
	q := start(t, dir, "q")
	q.wantVerdicts(1, 11, Unknown)
	q.wantVerdicts(11, 21, Written)
}

// TestPowerCut is what a process finds after the machine was started anew, when what was not synced is lost.
func TestPowerCut(t *testing.T) {
	const before = "[before]\n"
	for _, tt := range []struct {
		name  string
		tail  string // of the file, behind before
		whole int    // lines of 20 that are found
		want  string
	}{
		{"nothing was appended", "", 0, before},
		{"all was appended", texts(1, 21), 20, before + texts(1, 21)},
		{"some was appended", texts(1, 8), 7, before + texts(1, 8)},
		{"some is zeros", texts(1, 8) + strings.Repeat("\x00", 1300), 7, before + texts(1, 8)},
		{"all is zeros", strings.Repeat("\x00", 2000), 0, before},
		{"zeros that are not ours", texts(1, 8) + "theirs\n\x00", 7, before + texts(1, 8) + "theirs\n\x00"},
	} {
		for _, begun := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/begun=%v", tt.name, begun), func(t *testing.T) {
				dir := t.TempDir()
				appendTo(t, dir, []byte(before))
				p := start(t, dir, "p")
				b := p.write(1, 21)
				if begun {
					must(t, p.Begin(0, b.Place))
				}
				h := header{half: p.own.half, boot: "another life"}
				_, err := p.own.f.WriteAt(h.encode(), 0)
				must(t, err)
				p.die()
				appendTo(t, dir, []byte(tt.tail))
				q := start(t, dir, "q")
				q.wantVerdicts(1, 1+tt.whole, Written)
				q.wantVerdicts(1+tt.whole, 21, Unknown)
				if got := content(t, filepath.Join(dir, logName)); got != tt.want {
					t.Errorf("file holds %q", got)
				}
			})
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
