package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// failing makes writes and syncs of a file fail.
type failing struct {
	vfs.File
	write, sync error
	first       int // writes that succeed before they fail
	syncs       int // that were asked for
}

func (f *failing) WriteAt(b []byte, off int64) (int, error) {
	if f.first--; f.write != nil && f.first < 0 {
		return 0, f.write
	}
	return f.File.WriteAt(b, off)
}

func (f *failing) Datasync() error {
	f.syncs++
	if f.sync != nil {
		return f.sync
	}
	return f.File.Datasync()
}

// TestTheJournalFails has one call for the journal fail. What was to be appended is not, or what became of it is not
// written down; afterwards all goes on.
func TestTheJournalFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(f *failing)
	}{
		{"a write", func(f *failing) { f.write = syscall.EIO }},
		{"a sync", func(f *failing) { f.sync = syscall.EIO }},
	} {
		for _, dies := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, dies=%v", tt.name, dies), func(t *testing.T) {
				dir := t.TempDir()
				p := startWith(t, Options{Dir: dir, Name: "p", Durable: true})
				f := &failing{File: p.own.f}
				p.own.f = f
				tt.set(f)
				must(t, p.Lock())
				if p.Prepare([]Block{p.block(logName, 1, 11)}, nil) == nil {
					t.Fatal("no error")
				}
				p.Unlock()
				*f = failing{File: f.File}
				if !dies {
					p.commit(11, 21)
				}
				p.die()
				q := start(t, dir, "q")
				q.wantVerdicts(1, 11, Unknown)
				if !dies {
					q.wantVerdicts(11, 21, Written)
				}
			})
		}
	}
}

// TestARecordIsNotWrittenBeforeItsAbort has a process fail to write a record and the word that it was aborted, and die while it repeats
// that. Lines of other entries stand at the place that the record would have.
func TestARecordIsNotWrittenBeforeItsAbort(t *testing.T) {
	for first := range 4 {
		t.Run(fmt.Sprintf("%d writes succeed", first), func(t *testing.T) {
			dir := t.TempDir()
			p := start(t, dir, "p")
			f := &failing{File: p.own.f, write: syscall.EIO}
			p.own.f = f
			must(t, p.Lock())
			if p.Prepare([]Block{p.block(logName, 1, 11)}, nil) == nil {
				t.Fatal("no error")
			}
			p.Unlock()
			appendTo(t, dir, []byte(texts(1, 11)))
			f.first = first
			if p.Lock() == nil {
				p.Unlock()
			}
			f.first = 0
			p.die()
			start(t, dir, "q").wantVerdicts(1, 11, Unknown)
		})
	}
}

// TestWhatIsSaidOfAJournalIsNotSaidOfTheNextOne has the journal removed by hand while a block of it is open.
func TestWhatIsSaidOfAJournalIsNotSaidOfTheNextOne(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "p")
	p.appendAll(1, 11)
	must(t, p.Commit([]Outcome{{Open: true}}))
	former := p.Ref(0, nil)
	must(t, os.Remove(filepath.Join(dir, statedir.Name, "p.journal")))
	p.commit(11, 21)
	must(t, p.Lock())
	p.CommitFormer([]Ref{former})
	p.Unlock()
	start(t, dir, "q").wantVerdicts(11, 21, Written)
}

// TestWhatOthersHaveDecidedIsSyncedUntilItIs has a process decide what a dead one has appended, and another one fail to sync that.
func TestWhatOthersHaveDecidedIsSyncedUntilItIs(t *testing.T) {
	dir := t.TempDir()
	dead := start(t, dir, "dead")
	dead.appendAll(1, 11)
	q := startWith(t, Options{Dir: dir, Name: "q", Durable: true})
	f := &failing{File: q.view("dead.journal").f, sync: syscall.EIO}
	q.view("dead.journal").f = f
	dead.die()
	start(t, dir, "r").wantVerdicts(1, 11, Written)
	for range 2 {
		if err := q.Lock(); !errors.Is(err, syscall.EIO) {
			t.Errorf("Lock() = %v", err)
		}
	}
	f.sync, f.syncs = nil, 0
	q.wantVerdicts(1, 11, Written)
	if f.syncs != 1 {
		t.Errorf("%d syncs, want 1", f.syncs)
	}
	if q.wantVerdicts(1, 11, Written); f.syncs != 1 {
		t.Errorf("%d syncs in all, want no more", f.syncs)
	}
}

// TestWhatIsFoundOutAndCannotBeWrittenDown has a process find lines of a dead one, and fail to say so. Until it can nobody may append, or
// equal lines of other entries would be taken for them later.
func TestWhatIsFoundOutAndCannotBeWrittenDown(t *testing.T) {
	dir := t.TempDir()
	dead := start(t, dir, "dead")
	dead.appendAll(1, 11)
	q := start(t, dir, "q")
	f := &failing{File: q.view("dead.journal").f, write: syscall.EIO}
	q.view("dead.journal").f = f
	dead.die()
	info, err := vfs.OS.Stat(filepath.Join(dir, logName))
	must(t, err, q.Lock())
	if err := q.Blocked(info); !errors.Is(err, syscall.EIO) {
		t.Errorf("Blocked() = %v", err)
	}
	q.Unlock()
	q.wantVerdicts(1, 11, Held)
	f.write = nil
	q.wantVerdicts(1, 11, Written)
	must(t, q.Lock(), q.Blocked(info))
	q.Unlock()
}

// TestWhatAnAbortedRecordHadIsFreeAtOnce has a process fail to prepare a record, and live on with nothing else to write.
func TestWhatAnAbortedRecordHadIsFreeAtOnce(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "p")
	f := &failing{File: p.own.f, write: syscall.EIO}
	p.own.f = f
	must(t, p.Lock())
	if p.Prepare([]Block{p.block(logName, 1, 11)}, nil) == nil {
		t.Fatal("no error")
	}
	p.Unlock()
	f.write = nil
	must(t, p.Lock())
	p.Unlock()
	start(t, dir, "q").wantVerdicts(1, 11, Unknown)
}

// TestDoubtIsInherited has a process take over the journal of one that was killed, whose file somebody holds the lock of. What it writes
// itself must not be taken for the word that the lines of its predecessor are safe.
func TestDoubtIsInherited(t *testing.T) {
	for _, tt := range []struct {
		name   string
		append func(p *process)
		away   bool // the file is taken away before anybody could look at it
		want   Verdict
	}{
		{"its lines were appended", func(p *process) { p.appendAll(1, 11) }, false, Written},
		{"its lines were appended, and are taken away", func(p *process) { p.appendAll(1, 11) }, true, Written},
		{"its lines were appended behind one of others, and are taken away", func(p *process) { appendBehindOthers(p.t, p) }, true, Written},
		{"its lines were about to be written again, and are taken away", func(p *process) {
			b := p.appendAll(1, 11)
			b.Laid = true
			must(p.t, p.Lock(), p.Prepare([]Block{b}, nil))
		}, true, Written},
		{"its lines were appended, and it was killed before it said so", func(p *process) { appendTo(p.t, p.options.Dir, p.prepare(1, 11).Bytes) }, false, Written},
		{"its lines were not appended", func(p *process) { p.prepare(1, 11) }, false, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			p := start(t, dir, "p")
			tt.append(p)
			p.die()
			other, err := vfs.OS.OpenFile(filepath.Join(dir, logName), os.O_RDWR, 0)
			must(t, err, vfs.Lock(other, 0))
			defer other.Close()
			q := start(t, dir, "p")
			q.wantVerdicts(1, 2, Held) // each look waits for the lock
			must(t, q.Lock())
			b := q.block("db-2026-11-23.log", 21, 31)
			must(t, q.Prepare([]Block{b}, nil), os.WriteFile(filepath.Join(dir, b.Name), b.Bytes, 0o600), q.Appended(nil), q.Commit(nil))
			q.Unlock()
			q.wantVerdicts(1, 2, Held) // each look waits for the lock
			q.die()
			if other.Unlock(); tt.away {
				must(t, os.Remove(filepath.Join(dir, logName)))
			}
			r := start(t, dir, "r")
			r.wantVerdicts(1, 11, tt.want)
			r.wantVerdicts(21, 31, Written)
		})
	}
}

// view returns what the process knows of the journal of that name.
func (p *process) view(name string) *view {
	p.t.Helper()
	for _, v := range p.views {
		if v.name == name {
			return v
		}
	}
	p.t.Fatalf("journal %q is not known", name)
	return nil
}

// TestAnOutcomeThatCannotBeWritten is a process whose append failed, and that cannot say so. Nobody may append to the file,
// or nobody could tell whose equal lines stand there, until it has, or is dead.
func TestAnOutcomeThatCannotBeWritten(t *testing.T) {
	for _, dies := range []bool{false, true} {
		dir := t.TempDir()
		p, q := start(t, dir, "p"), start(t, dir, "q")
		p.prepare(1, 11)
		f := &failing{File: p.own.f, write: syscall.EIO}
		p.own.f = f
		if p.Appended([]Outcome{{Block: 0}}) == nil {
			t.Fatal("no error")
		}
		p.Unlock()
		info, err := vfs.OS.Stat(filepath.Join(dir, logName))
		must(t, err, q.Lock())
		if q.Blocked(info) == nil {
			t.Error("another process may append")
		}
		q.Unlock()
		q.wantVerdicts(1, 11, Held)
		if f.write = nil; dies {
			p.die()
		} else {
			p.commit(11, 21)
		}
		must(t, q.Lock())
		if err := q.Blocked(info); err != nil {
			t.Errorf("nobody may append afterwards: %v", err)
		}
		q.Unlock()
		q.wantVerdicts(1, 11, Unknown)
	}
}

// TestPowerCut is what a process finds after the machine was started again, when what was not synced is lost.
func TestPowerCut(t *testing.T) {
	const before = "[before]\n"
	blank := func(n int) string { return strings.Repeat(" ", n-1) + "\n" }
	lines := func(numbers ...int) (s string) {
		for _, n := range numbers {
			s += string(text(n))
		}
		return s
	}
	for _, tt := range []struct {
		name  string
		tail  string // of the file, after before
		there []int  // lines of 20 that are found
		want  string
	}{
		{"nothing was appended", "", nil, before},
		{"all was appended", texts(1, 21), numbersFrom(1, 21), before + texts(1, 21)},
		{"some was appended", texts(1, 8), numbersFrom(1, 8), before + texts(1, 8)},
		{"some is zeros", texts(1, 8) + strings.Repeat("\x00", 1300), numbersFrom(1, 8), before + texts(1, 8)},
		{"all is zeros", strings.Repeat("\x00", 2000), nil, before},
		{"zeros in the middle", texts(1, 8) + strings.Repeat("\x00", 200) + texts(10, 21), append(numbersFrom(1, 8), numbersFrom(10, 21)...),
			before + texts(1, 8) + blank(100) + blank(100) + lines(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)},
		{"bytes that are not ours", texts(1, 8) + "theirs\n\x00", numbersFrom(1, 8), before + texts(1, 8) + "theirs\n\x00"},
	} {
		for _, appended := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/appended=%v", tt.name, appended), func(t *testing.T) {
				dir := t.TempDir()
				appendTo(t, dir, []byte(before))
				p := start(t, dir, "p")
				p.boot = 4711 // another life of the machine
				p.prepare(1, 21)
				if appended {
					must(t, p.Appended(nil))
				}
				p.die()
				appendTo(t, dir, []byte(tt.tail))
				q := start(t, dir, "q")
				for n := 1; n < 21; n++ {
					want := Unknown
					if slices.Contains(tt.there, n) {
						want = Written
					}
					q.wantVerdicts(n, n+1, want)
				}
				if got := content(t, filepath.Join(dir, logName)); got != tt.want {
					t.Errorf("file holds %q, want %q", got, tt.want)
				}
			})
		}
	}
}

// TestAPowerCutAfterLinesThatAreElsewhere has a line of others where the block was planned.
func TestAPowerCutAfterLinesThatAreElsewhere(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "p")
	p.boot = 4711 // another life of the machine
	appendBehindOthers(t, p)
	p.die()
	before := content(t, filepath.Join(dir, logName))
	start(t, dir, "q").wantVerdicts(1, 11, Written)
	if got := content(t, filepath.Join(dir, logName)); got != before {
		t.Errorf("file holds %q, want %q", got, before)
	}
}

// writesFS notes what is written to log files, and where.
type writesFS struct {
	vfs.FS
	writes map[int64]string
}

func (w writesFS) OpenFile(path string, flag int, mode fs.FileMode) (vfs.File, error) {
	f, err := w.FS.OpenFile(path, flag, mode)
	if err != nil || filepath.Ext(path) != ".log" {
		return f, err
	}
	return writesFile{f, w.writes}, nil
}

type writesFile struct {
	vfs.File
	writes map[int64]string
}

func (f writesFile) WriteAt(b []byte, off int64) (int, error) {
	f.writes[off] = string(b)
	return f.File.WriteAt(b, off)
}

// TestWhatADeadProcessLeftIsWrittenAgain is about what is in a file since a sync that may have failed: the kernel takes its pages for
// clean. The line feed before a line is written with it, since the kernel may drop that at any time.
func TestWhatADeadProcessLeftIsWrittenAgain(t *testing.T) {
	blank := strings.Repeat(" ", 99) + "\n"
	for _, tt := range []struct {
		name, before string
		leave        func(p *process)
		writes       map[int64]string
		want         string
	}{
		{"lines", "before\n", func(p *process) { p.appendAll(1, 3) }, map[int64]string{6: "\n" + texts(1, 2), 106: "\n" + texts(2, 3)}, "before\n" + texts(1, 3)},
		{"lines, and the one before them was dropped", "\x00\x00\x00\x00\x00\x00\x00", func(p *process) { p.appendAll(1, 2) },
			map[int64]string{6: "\n" + texts(1, 2)}, "\x00\x00\x00\x00\x00\x00\n" + texts(1, 2)},
		{"a line at the begin of the file", "", func(p *process) { p.appendAll(1, 2) }, map[int64]string{0: texts(1, 2)}, texts(1, 2)},
		{"blanks", "before\n", func(p *process) {
			p.prepare(1, 2)
			must(p.t, p.Tell([]Outcome{{Open: true}}))
			appendTo(p.t, p.options.Dir, []byte(blank+"theirs\n"))
		}, map[int64]string{7: blank}, "before\n" + blank + "theirs\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			appendTo(t, dir, []byte(tt.before))
			p := startWith(t, Options{Dir: dir, Name: "p", Durable: true})
			tt.leave(p)
			p.die()
			fsys := writesFS{vfs.OS, make(map[int64]string)}
			q := startWith(t, Options{Dir: dir, Name: "q", Durable: true, FS: fsys})
			must(t, q.Lock())
			q.Unlock()
			if !maps.Equal(fsys.writes, tt.writes) {
				t.Errorf("writes are %v, want %v", fsys.writes, tt.writes)
			}
			if got := content(t, filepath.Join(dir, logName)); got != tt.want {
				t.Errorf("file holds %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAPieceBeforeALineAfterAPowerCut is a part of a line that ends with a page and has a line of another program right behind it.
func TestAPieceBeforeALineAfterAPowerCut(t *testing.T) {
	const theirs = "[theirs]\n"
	blank := func(n int) string { return strings.Repeat(" ", n-1) + "\n" }
	for _, tt := range []struct {
		name string
		n    int // bytes of the part
		was  func(piece string) string
		want func(piece string) string
	}{
		{"a piece", 64, func(piece string) string { return piece }, func(piece string) string { return blank(len(piece)) }},
		{"a piece as any line may begin with", 63, func(piece string) string { return piece }, func(piece string) string { return piece }},
		{"zeros", 64, func(piece string) string { return strings.Repeat("\x00", len(piece)) },
			func(piece string) string { return strings.Repeat("\x00", len(piece)) }},
		{"blanks", 64, func(piece string) string { return strings.Repeat(" ", len(piece)) },
			func(piece string) string { return strings.Repeat(" ", len(piece)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			before := strings.Repeat("b", page-4000-tt.n-1) + "\n"
			appendTo(t, dir, []byte(before))
			p := start(t, dir, "p")
			p.boot = 4711 // another life of the machine
			p.prepare(1, 101)
			p.die()
			piece := string(text(41))[:tt.n]
			appendTo(t, dir, []byte(texts(1, 41)+tt.was(piece)+theirs))
			q := start(t, dir, "q")
			q.wantVerdicts(1, 41, Written)
			q.wantVerdicts(41, 101, Unknown)
			if got, want := content(t, filepath.Join(dir, logName)), before+texts(1, 41)+tt.want(piece)+theirs; got != want {
				t.Errorf("file ends in %q, want %q", got[len(got)-100:], want[len(want)-100:])
			}
		})
	}
}

func numbersFrom(from, to int) (numbers []int) {
	for n := from; n < to; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// TestWhatIsNoJournal opens a journal where something else is.
func TestWhatIsNoJournal(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(dir string) error
		ok      bool
	}{
		{"a file for a directory", func(dir string) error { return os.WriteFile(filepath.Join(dir, statedir.Name), nil, 0o600) }, false},
		{"no log directory", os.Remove, false},
		{"a directory for a journal", func(dir string) error { return os.MkdirAll(filepath.Join(dir, statedir.Name, "a.journal"), 0o700) }, false},
		{"a symbolic link", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700), os.Symlink("/dev/null", filepath.Join(dir, statedir.Name, "a.journal")))
		}, false},
		{"a link for the directory", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "elsewhere"), 0o700), os.Symlink("elsewhere", filepath.Join(dir, statedir.Name)))
		}, false},
		{"a directory for everybody", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700), os.Chmod(filepath.Join(dir, statedir.Name), 0o777))
		}, false},
		{"a file of somebody else", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700), os.WriteFile(filepath.Join(dir, statedir.Name, "a.journal"), []byte("precious"), 0o600))
		}, false},
		{"an empty file", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700), os.WriteFile(filepath.Join(dir, statedir.Name, "a.journal"), nil, 0o600))
		}, false},
		{"a file with a second name", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700), os.WriteFile(filepath.Join(dir, "precious"), []byte(headerMagic), 0o600),
				os.Link(filepath.Join(dir, "precious"), filepath.Join(dir, statedir.Name, "a.journal")))
		}, false},
		{"a FIFO for the lock", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700), syscall.Mkfifo(filepath.Join(dir, statedir.Name, lockName), 0o600))
		}, false},
		{"a journal of the former format", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700),
				os.WriteFile(filepath.Join(dir, statedir.Name, "a.journal"), append([]byte(headerMagic), 1, 0, 0, 0), 0o600),
				os.WriteFile(filepath.Join(dir, statedir.Name, "gate"), nil, 0o600))
		}, true},
		{"garbage of others", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, statedir.Name), 0o700),
				os.WriteFile(filepath.Join(dir, statedir.Name, "other.journal"), []byte("garbage"), 0o600),
				os.WriteFile(filepath.Join(dir, statedir.Name, lockName), []byte("x"), 0o600))
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
	b := Block{Name: "app-2026-11-23.log", Lines: []Line{line(1), line(2)}, Bytes: []byte(texts(1, 3)), Place: Place{1, 2, 4000}}
	f.Add(slices.Clone(w.prepare(head{seq: 7}, []uint64{1, 2}, []Block{b, {Name: "db-2026-11-23.log", Lines: []Line{line(3)}, Bytes: text(3), Laid: true}})))
	f.Add(slices.Clone(w.move(head{seq: 8}, target{7, 1}, &b)))
	f.Add(slices.Clone(w.decide(head{seq: 9}, []decision{{target{7, 0}, open, []Extent{{4000, 0, 1}}}, {target{7, 1}, final, nil}})))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = parseHeader(b)
		if r, ok := parseHead(b); ok && r.body <= len(b) {
			binary.LittleEndian.PutUint32(b[4:], Sum(b[8:r.body]))
		}
		r, ok := parseRecord(b)
		if !ok {
			return
		}
		v := &view{known: make(map[uint64]*known), said: make(map[uint64]map[int]*statement), header: header{segment: minSegment}}
		v.add(&r)
		if r.kind != prepare {
			return
		}
		blocks, _ := r.blocks()
		for i := range blocks {
			if lines := r.linesOf(&blocks[i]); len(lines) > len(b)/lineBytes {
				t.Errorf("%d lines in %d bytes", len(lines), len(b))
			}
		}
		for i := range r.lines {
			l := r.line(i)
			key, _, _ := r.source(int(l.Source))
			if r.find(key, l.ID, l.Sum) > i {
				t.Errorf("line %d is not found", i)
			}
		}
	})
}

// FuzzStatement lets a journal say anything of a block whose process is dead.
func FuzzStatement(f *testing.F) {
	f.Add(uint32(open), int64(0), uint32(0), uint32(3), []byte(texts(1, 4)))
	f.Add(uint32(placed), int64(1<<62), uint32(1<<31), uint32(1<<31), []byte(""))
	f.Fuzz(func(t *testing.T, said uint32, off int64, first, count uint32, tail []byte) {
		dir := t.TempDir()
		p := start(t, dir, "p")
		p.prepare(1, 11)
		appendTo(t, dir, tail)
		d := decision{target{p.last.seq, 0}, state(said), []Extent{{off, int(first), int(count)}}}
		record := p.writer.decide(p.head(), []decision{d})
		_, err := p.own.f.WriteAt(record, p.own.at)
		must(t, err)
		p.die()
		q := start(t, dir, "q")
		q.commit(20, 30)
		q.wantVerdicts(20, 30, Written)
	})
}

// TestDamagedJournals lets a process find the journal of one that is dead, damaged anywhere: it must go on, and write.
func TestDamagedJournals(t *testing.T) {
	whole := journalOf(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		damaged := slices.Clone(whole[:len(whole)-random.IntN(2)*random.IntN(len(whole))])
		for range random.IntN(4) {
			damaged[random.IntN(min(len(damaged), segmentsAt+4*sector))] ^= byte(1 << random.IntN(8))
		}
		dir := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dir, statedir.Name), 0o750), os.WriteFile(filepath.Join(dir, statedir.Name, "dead.journal"), damaged, 0o640))
		appendTo(t, dir, []byte(texts(1, 20)+"[torn\n"))
		p := startWith(t, Options{Dir: dir, Name: "p", Bytes: segmentsAt + 2*minSegment})
		must(t, p.Lock())
		for n := range 50 {
			l := line(n)
			_, _ = p.Lookup(&l) // an error leaves the entry pending
		}
		p.Unlock()
		p.commit(1000, 1010)
		p.wantVerdicts(1000, 1010, Written)
		if got, want := content(t, filepath.Join(dir, logName)), texts(1, 20)+"[torn\n"+texts(1000, 1010); got != want {
			t.Fatalf("file holds %q", got)
		}
		p.die()
	}
}

// journalOf returns the journal of a process that was killed after two batches, in the middle of the third.
func journalOf(t *testing.T) []byte {
	dir := t.TempDir()
	p := startWith(t, Options{Dir: dir, Name: "a", Bytes: segmentsAt + 2*minSegment})
	p.commit(1, 14)
	p.commit(14, 27)
	p.prepare(27, 40)
	b, err := os.ReadFile(filepath.Join(dir, statedir.Name, "a.journal"))
	must(t, err)
	return b
}
