package journal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const logName = "app-2026-11-23.log"

// process is one that has a journal.
type process struct {
	*Journal
	t   *testing.T
	log *bytes.Buffer
}

// start opens a journal; it is closed when the test ends.
func start(t *testing.T, dir, name string) *process {
	t.Helper()
	return startWith(t, Options{Dir: dir, Name: name})
}

func startWith(t *testing.T, o Options) *process {
	t.Helper()
	p := &process{t: t, log: new(bytes.Buffer)}
	o.Sources = []string{"messages", "other"}
	o.Mode, o.DirMode = 0o640, 0o750
	o.Logger = slog.New(slog.NewTextHandler(p.log, nil))
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	p.Journal = j
	t.Cleanup(p.die)
	return p
}

// die releases all locks, as the kernel does when a process is killed.
func (p *process) die() { p.Close() }

// text returns line n, of 100 bytes.
func text(n int) []byte { return fmt.Appendf(nil, "[%06d] %s\n", n, strings.Repeat("x", 90)) }

func line(n int) Line {
	return Line{ID: ID{uint64(n), 0}, Sum: uint32(n), Length: uint32(len(text(n))), CRC: Sum(text(n))}
}

// block returns lines from..to-1, to be appended to the file.
func (p *process) block(name string, from, to int) Block {
	p.t.Helper()
	f, err := os.OpenFile(filepath.Join(p.options.Dir, name), os.O_CREATE|os.O_RDONLY, 0o640)
	must(p.t, err)
	defer f.Close()
	info, err := vfs.OS.Stat(f.Name())
	must(p.t, err)
	b := Block{Name: name, Place: PlaceOf(info, info.Size)}
	for n := from; n < to; n++ {
		b.Lines, b.Bytes = append(b.Lines, line(n)), append(b.Bytes, text(n)...)
	}
	return b
}

// prepare records lines from..to-1. The process holds the directory lock afterwards.
func (p *process) prepare(from, to int) Block {
	p.t.Helper()
	must(p.t, p.Lock())
	b := p.block(logName, from, to)
	must(p.t, p.Prepare([]Block{b}, nil))
	return b
}

// appendAll puts lines from..to-1 into the file; they are not committed.
func (p *process) appendAll(from, to int) Block {
	p.t.Helper()
	b := p.prepare(from, to)
	appendTo(p.t, p.options.Dir, b.Bytes)
	must(p.t, p.Appended(nil))
	p.Unlock()
	return b
}

// appendTwice puts lines from..to-1 into the file, fails to sync them, and writes them again; they are not committed.
func (p *process) appendTwice(from, to int) {
	p.t.Helper()
	b := p.appendAll(from, to)
	extents := []Extent{{Off: b.Place.Off, Lines: to - from}}
	must(p.t, p.Commit([]Outcome{{Open: true, Extents: extents}}))
	former := p.Ref(0, extents)
	b.Laid = true
	must(p.t, p.Lock(), p.Prepare([]Block{b}, []Ref{former}), p.Appended(nil))
	p.Unlock()
}

// commit puts lines from..to-1 into the file, and leaves nothing open.
func (p *process) commit(from, to int) {
	p.t.Helper()
	p.appendAll(from, to)
	must(p.t, p.Commit(nil))
}

func (p *process) verdict(n int) Verdict {
	p.t.Helper()
	must(p.t, p.Lock())
	defer p.Unlock()
	l := line(n)
	verdict, err := p.Lookup(&l)
	must(p.t, err)
	return verdict
}

// wantVerdicts asks for lines from..to-1.
func (p *process) wantVerdicts(from, to int, want Verdict) {
	p.t.Helper()
	for n := from; n < to; n++ {
		if got := p.verdict(n); got != want {
			p.t.Fatalf("verdict of %d is %d, want %d", n, got, want)
		}
		l := line(n)
		if got := p.Recall(&l); got != (want == Written) {
			p.t.Fatalf("%d is recalled: %v, verdict %d", n, got, want)
		}
	}
}

func appendTo(t *testing.T, dir string, b []byte) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, logName), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	must(t, err)
	defer f.Close()
	_, err = f.Write(b)
	must(t, err)
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func texts(from, to int) string {
	var b []byte
	for n := from; n < to; n++ {
		b = append(b, text(n)...)
	}
	return string(b)
}

// TestKilled is what a process finds that takes over from one that was killed, at each point of a batch.
func TestKilled(t *testing.T) {
	const before, theirs = "[before]\n", "[theirs]\n"
	const lines = 100                     // of 100 bytes
	const boundary = 2*page - len(before) // within the block, in line 81
	const at81 = 81 * 100                 // where that line begins
	blank := func(n int) string { return strings.Repeat(" ", n-1) + "\n" }
	for _, tt := range []struct {
		name   string
		append func(block string) string      // after which the process is killed
		change func(t *testing.T, dir string) // before another looks
		whole  int                            // lines that are found
		want   func(block string) string      // the file afterwards; nil: not looked at
	}{
		{"before it appended", nil, nil, 0, func(string) string { return before }},
		{"within the append", func(block string) string { return block[:boundary] }, nil, 81,
			func(block string) string { return before + block[:at81] }},
		{"within the first page", func(block string) string { return block[:page-len(before)] }, nil, 40,
			func(block string) string { return before + block[:4000] }},
		{"within the append, and another appended right behind", func(block string) string { return block[:boundary] + theirs }, nil, 81,
			func(block string) string { return before + block[:at81] + blank(boundary-at81) + theirs }},
		{"within the append, and another ended the line", func(block string) string { return block[:boundary] + "\n" + theirs }, nil, 81,
			func(block string) string { return before + block[:at81] + blank(boundary-at81) + "\n" + theirs }},
		{"before it appended, and another appended its first lines", func(block string) string { return block[:200] + theirs }, nil, 0,
			func(block string) string { return before + block[:200] + theirs }},
		{"what is torn is not proven to be ours, whole lines are", func(block string) string { return block[:boundary-7] }, nil, 81,
			func(block string) string { return before + block[:boundary-7] }},
		{"after the append", func(block string) string { return block }, nil, lines,
			func(block string) string { return before + block }},
		{"after the append, and others went on", func(block string) string { return block + theirs }, nil, lines,
			func(block string) string { return before + block + theirs }},
		{"others were faster", func(block string) string { return theirs + theirs + block }, nil, lines,
			func(block string) string { return before + theirs + theirs + block }},
		{"others were faster by far", func(block string) string { return strings.Repeat(theirs, 1<<20/9) + block }, nil, lines, nil},
		{"others were faster, and it is torn", func(block string) string { return theirs + block[:page-len(before+theirs)] }, nil, 40, nil},
		{"others were faster, with its first lines, up to the end of a page", func(block string) string {
			return theirs + block[:4000] + strings.Repeat("y", 99) + "\n" + block
		}, nil, lines, nil},
		{"the file was renamed", func(block string) string { return block[:boundary] }, func(t *testing.T, dir string) {
			must(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, logName+".1")))
			appendTo(t, dir, []byte(theirs))
		}, 81, func(string) string { return theirs }},
		{"the file was removed", func(block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, logName)))
		}, 0, nil},
		{"the file was replaced", func(block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "new"), []byte(theirs), 0o600),
				os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, logName)))
		}, 0, func(string) string { return theirs }},
		{"the file was cut", func(block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.Truncate(filepath.Join(dir, logName), 0))
			appendTo(t, dir, []byte(strings.Repeat(theirs, 2000)))
		}, 0, func(string) string { return strings.Repeat(theirs, 2000) }},
		{"the file is a directory now", func(block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, logName)), os.Mkdir(filepath.Join(dir, logName), 0o700))
		}, 0, nil},
	} {
		for _, taker := range []string{"killed", "other"} {
			t.Run(tt.name+"/found by "+taker, func(t *testing.T) {
				dir := t.TempDir()
				appendTo(t, dir, []byte(before))
				p := start(t, dir, "killed")
				b := p.prepare(1, lines+1)
				if tt.append != nil {
					appendTo(t, dir, []byte(tt.append(string(b.Bytes))))
				}
				p.die()
				if tt.change != nil {
					tt.change(t, dir)
				}
				q := start(t, dir, taker)
				for range 2 { // the second time it is written down
					q.wantVerdicts(1, tt.whole+1, Written)
					q.wantVerdicts(tt.whole+1, lines+1, Unknown)
				}
				if tt.want != nil {
					if got, want := content(t, filepath.Join(dir, logName)), tt.want(string(b.Bytes)); got != want {
						t.Errorf("file holds %d bytes ending in %q, want %d ending in %q", len(got), got[max(0, len(got)-300):],
							len(want), want[max(0, len(want)-300):])
					}
				}
			})
		}
	}
}

// TestAShortPieceBeforeALine is what two stories leave: a process was killed within its append, and another program has appended behind
// it; or the process was killed before, and the other program has appended equal lines, and one that begins like the next. Both end in the
// same bytes, and nobody takes any from the other program's line.
func TestAShortPieceBeforeALine(t *testing.T) {
	const whole, short, theirs = 4000, 17, "[theirs]\n"
	before := strings.Repeat("b", page-whole-short-1) + "\n"
	stories := []func(block string) []string{
		func(block string) []string { return []string{block[:whole+short], theirs} },
		func(block string) []string { return []string{block[:whole], block[whole:whole+short] + theirs} },
	}
	for _, story := range stories {
		dir := t.TempDir()
		appendTo(t, dir, []byte(before))
		p := start(t, dir, "killed")
		block := string(p.prepare(1, 101).Bytes)
		for _, write := range story(block) {
			appendTo(t, dir, []byte(write))
		}
		p.die()
		q := start(t, dir, "other")
		q.wantVerdicts(1, 41, Written)
		q.wantVerdicts(41, 101, Unknown)
		if got := content(t, filepath.Join(dir, logName)); got != before+block[:whole+short]+theirs {
			t.Errorf("file holds %d bytes ending in %q", len(got), got[len(got)-100:])
		}
	}
}

// TestKilledOneLine is a block that no page boundary cuts: it is there, or it is not.
func TestKilledOneLine(t *testing.T) {
	for _, tail := range []string{"theirs\n", ""} {
		dir := t.TempDir()
		p := start(t, dir, "p")
		b := p.prepare(1, 2)
		appendTo(t, dir, []byte(tail+string(b.Bytes)))
		p.die()
		start(t, dir, "q").wantVerdicts(1, 2, Written)
	}
}

// TestKilledAppended is a process that dies after it has released the directory lock: its lines are there, and what others
// append after or instead does not change that.
func TestKilledAppended(t *testing.T) {
	dir := t.TempDir()
	p, q := start(t, dir, "p"), start(t, dir, "q")
	p.appendAll(1, 11)
	q.wantVerdicts(1, 11, Held)
	p.die()
	q.commit(11, 21)
	q.wantVerdicts(1, 21, Written)
}

// TestKilledAndTheFileTakenAway is a process whose file is gone when another looks: its lines are where the file is, unless it has
// said that they are not on disk, or was about to write them again since a sync had failed.
func TestKilledAndTheFileTakenAway(t *testing.T) {
	for name, tt := range map[string]struct {
		kill func(t *testing.T, p *process)
		want Verdict
	}{
		"appended":                         {func(t *testing.T, p *process) { p.appendAll(1, 11) }, Written},
		"appended behind a line of others": {appendBehindOthers, Written},
		"appended behind a line of others, before a power cut": {func(t *testing.T, p *process) { p.boot = 4711; appendBehindOthers(t, p) }, Unknown},
		"its sync failed": {func(t *testing.T, p *process) {
			b := p.appendAll(1, 11)
			must(t, p.Commit([]Outcome{{Open: true, Extents: []Extent{{Off: b.Place.Off, Lines: 10}}}}))
		}, Unknown},
		"its sync failed, and it has written the lines again": {func(_ *testing.T, p *process) { p.appendTwice(1, 11) }, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p := startWith(t, Options{Dir: dir, Name: "p", Durable: true})
			tt.kill(t, p)
			p.die()
			must(t, os.Remove(filepath.Join(dir, logName)))
			startWith(t, Options{Dir: dir, Name: "q", Durable: true}).wantVerdicts(1, 11, tt.want)
		})
	}
}

// appendBehindOthers puts lines 1 to 10 into the file, and says that they are not where they were planned.
func appendBehindOthers(t *testing.T, p *process) {
	const theirs = "theirs\n"
	b := p.prepare(1, 11)
	appendTo(t, p.options.Dir, append([]byte(theirs), b.Bytes...))
	must(t, p.Appended([]Outcome{{Extents: []Extent{{Off: b.Place.Off + int64(len(theirs)), Lines: 10}}}}))
	p.Unlock()
}

// TestTheNextWriterResolvesFirst is two processes with different entries whose lines are equal: one dies before its append,
// the other one appends the same text at the same place.
func TestTheNextWriterResolvesFirst(t *testing.T) {
	for _, last := range []int{2, 11} {
		dir := t.TempDir()
		appendTo(t, dir, []byte("[before]\n"))
		p, r := start(t, dir, "p"), start(t, dir, "r")
		b := p.prepare(1, last)
		p.die()
		other := b
		other.Lines = nil
		for _, l := range b.Lines {
			l.ID, l.Sum = ID{l.ID.MS + 100, 0}, l.Sum+100
			other.Lines = append(other.Lines, l)
		}
		must(t, r.Lock(), r.Prepare([]Block{other}, nil))
		appendTo(t, dir, b.Bytes)
		must(t, r.Commit(nil))
		r.Unlock()
		start(t, dir, "q").wantVerdicts(1, last, Unknown)
	}
}

// TestAPredecessorIsResolvedAtTheStart checks what a process knows of the one that had its journal before, and that nobody
// has to wait for a batch of its own.
func TestAPredecessorIsResolvedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	p, q := start(t, dir, "p"), start(t, dir, "q")
	p.prepare(1, 11)
	p.die()
	p = start(t, dir, "p")
	q.wantVerdicts(1, 11, Unknown)
	p.commit(11, 21)
	p.wantVerdicts(1, 11, Unknown)
}

// TestRecallIsTrue has a third process resolve what another one knows to be prepared.
func TestRecallIsTrue(t *testing.T) {
	dir := t.TempDir()
	p, q, third := start(t, dir, "p"), start(t, dir, "q"), start(t, dir, "third")
	p.prepare(1, 11)
	q.dir.release() // q reads what p has written, as when it waits for the lock
	for _, v := range q.views {
		must(t, v.refresh())
	}
	p.die()
	third.wantVerdicts(1, 11, Unknown)
	l := line(1)
	if q.Recall(&l) {
		t.Error("a line that was never written is recalled")
	}
	q.wantVerdicts(1, 11, Unknown)
}

// TestKilledWhileItCreatesAJournal leaves what there is before the journal has its name.
func TestKilledWhileItCreatesAJournal(t *testing.T) {
	dir := t.TempDir()
	q := start(t, dir, "q")
	q.wantVerdicts(1, 2, Unknown)
	must(t, os.WriteFile(filepath.Join(dir, statedir.Name, "p"+suffix+tempSuffix), []byte(headerMagic), 0o640))
	p := start(t, dir, "p")
	p.commit(1, 11)
	q.wantVerdicts(1, 11, Written)
}

// TestAJournalIsListedAfterAFailure looks at the directory once in vain.
func TestAJournalIsListedAfterAFailure(t *testing.T) {
	dir := t.TempDir()
	q := start(t, dir, "q")
	q.wantVerdicts(1, 2, Unknown)
	p := start(t, dir, "z")
	p.commit(1, 11)
	obstacle := filepath.Join(dir, statedir.Name, "a"+suffix)
	must(t, os.Symlink("nowhere", obstacle)) // stands for EMFILE, EIO
	if q.Lock() == nil {
		t.Fatal("no error")
	}
	must(t, os.Remove(obstacle))
	q.wantVerdicts(1, 11, Written)
}

// TestWhatHasNoRoomIsSaidWithTheNextRecord has a segment that is full while the other one has an open block.
func TestWhatHasNoRoomIsSaidWithTheNextRecord(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "p")
	b := p.prepare(1, 11)
	appendTo(t, dir, b.Bytes)
	extents := []Extent{{Off: b.Place.Off, Lines: 10}}
	must(t, p.Commit([]Outcome{{Open: true, Extents: extents}}))
	former := []Ref{p.Ref(0, extents)}
	p.Unlock()

	must(t, p.Lock())
	second, at := p.own.second, p.own.at
	p.own.second = !second
	p.own.at = p.own.end(p.own.start(p.own.second))
	p.CommitFormer(former)
	p.own.second, p.own.at = second, at
	p.Unlock()
	p.prepare(11, 21)
	p.Unlock()
	start(t, dir, "q").wantVerdicts(1, 11, Written)
}
