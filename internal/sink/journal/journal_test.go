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

// die lets go of all locks, as the kernel does when a process is killed.
func (p *process) die() {
	if p.own != nil {
		p.Close()
	}
}

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
	info, err := f.Stat()
	must(p.t, err)
	b := Block{Name: name, Place: PlaceOf(info, info.Size())}
	for n := from; n < to; n++ {
		b.Lines, b.Bytes = append(b.Lines, line(n)), append(b.Bytes, text(n)...)
	}
	return b
}

// write writes a record of lines from..to-1.
func (p *process) write(from, to int) Block {
	p.t.Helper()
	b := p.block(logName, from, to)
	must(p.t, p.Enter(), p.Write([]Block{b}))
	p.Leave()
	must(p.t, p.Sync())
	return b
}

// commit writes lines from..to-1 to the file, and leaves nothing open.
func (p *process) commit(from, to int) {
	p.t.Helper()
	b := p.write(from, to)
	must(p.t, p.Begin(0, b.Place))
	appendTo(p.t, p.options.Dir, b.Bytes)
	must(p.t, p.Settle())
}

func (p *process) ask(n int) Verdict {
	p.t.Helper()
	must(p.t, p.Enter())
	defer p.Leave()
	l := line(n)
	verdict, err := p.Ask(&l)
	must(p.t, err)
	return verdict
}

// wantVerdicts asks for lines from..to-1.
func (p *process) wantVerdicts(from, to int, want Verdict) {
	p.t.Helper()
	for n := from; n < to; n++ {
		if got := p.ask(n); got != want {
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

// TestKilled is what a process finds that takes over from one that was killed, at each point of a commit.
func TestKilled(t *testing.T) {
	const before, theirs = "[before]\n", "[theirs]\n"
	const lines = 100                     // of 100 bytes
	const boundary = 2*page - len(before) // within the block, in line 81
	const at81 = 81 * 100                 // where that line begins
	blank := strings.Repeat(" ", boundary-at81) + "\n"
	for _, tt := range []struct {
		name   string
		begun  bool
		append func(dir string, block string) string // after which the process is killed
		change func(t *testing.T, dir string)        // before another looks
		whole  int                                   // lines that are found
		want   func(block string) string             // the file afterwards; nil: not looked at
	}{
		{"before it began", false, nil, nil, 0, func(string) string { return before }},
		{"before it began, and another appended the same", false, nil, func(t *testing.T, dir string) {
			appendTo(t, dir, []byte(texts(1, 3)))
		}, 0, nil},
		{"before it appended", true, nil, nil, 0, func(string) string { return before }},
		{"within the append", true, func(_, block string) string { return block[:boundary] }, nil, 81,
			func(block string) string { return before + block[:at81] }},
		{"between two lines", true, func(_, block string) string { return block[:at81] }, nil, 81,
			func(block string) string { return before + block[:at81] }},
		{"within the first line", true, func(_, block string) string { return block[:page-len(before)] }, nil, 40,
			func(block string) string { return before + block[:4000] }},
		{"within the append, and another did not end the line", true, func(_, block string) string { return block[:boundary] + theirs }, nil, 81,
			func(block string) string { return before + block[:boundary] + theirs }},
		{"before it appended, and another appended a line that begins alike", true, func(_, block string) string {
			return block[:page-len(before)] + "another end\n" + theirs
		}, nil, 40, func(block string) string { return before + block[:page-len(before)] + "another end\n" + theirs }},
		{"within the append, and another ended the line", true, func(_, block string) string { return block[:boundary] + "\n" + theirs }, nil, 81,
			func(block string) string { return before + block[:at81] + blank + theirs }},
		{"what is torn is not proven to be ours", true, func(_, block string) string { return block[:at81+7] }, nil, 81,
			func(block string) string { return before + block[:at81+7] }},
		{"after the append", true, func(_, block string) string { return block }, nil, lines,
			func(block string) string { return before + block }},
		{"after the append, and others went on", true, func(_, block string) string { return block + theirs }, nil, lines,
			func(block string) string { return before + block + theirs }},
		{"others slipped in before", true, func(_, block string) string { return theirs + theirs + block }, nil, lines,
			func(block string) string { return before + theirs + theirs + block }},
		{"others slipped in before, and it is torn", true, func(_, block string) string { return theirs + block[:at81+3] }, nil, 81, nil},
		{"the file was renamed", true, func(_, block string) string { return block[:boundary] }, func(t *testing.T, dir string) {
			must(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, logName+".1")))
			appendTo(t, dir, []byte(theirs))
		}, 81, func(string) string { return theirs }},
		{"the file was removed", true, func(_, block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, logName)))
		}, 0, nil},
		{"the file was replaced", true, func(_, block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "new"), []byte(theirs), 0o600),
				os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, logName)))
		}, 0, func(string) string { return theirs }},
		{"the file was cut", true, func(_, block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.Truncate(filepath.Join(dir, logName), 0))
			appendTo(t, dir, []byte(strings.Repeat(theirs, 2000)))
		}, 0, func(string) string { return strings.Repeat(theirs, 2000) }},
		{"the file is no file any more", true, func(_, block string) string { return block }, func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, logName)), os.Mkdir(filepath.Join(dir, logName), 0o700))
		}, 0, nil},
	} {
		for _, taker := range []string{"killed", "other"} {
			t.Run(tt.name+"/found by "+taker, func(t *testing.T) {
				dir := t.TempDir()
				appendTo(t, dir, []byte(before))
				p := start(t, dir, "killed")
				b := p.write(1, lines+1)
				if tt.begun {
					must(t, p.Begin(0, b.Place))
				}
				if tt.append != nil {
					appendTo(t, dir, []byte(tt.append(dir, string(b.Bytes))))
				}
				if tt.change != nil {
					tt.change(t, dir)
				}
				p.die()
				q := start(t, dir, taker)
				for range 2 { // the second time it is written down
					q.wantVerdicts(1, tt.whole+1, Written)
					q.wantVerdicts(tt.whole+1, lines+1, Unknown)
				}
				if tt.want != nil {
					if got := content(t, filepath.Join(dir, logName)); got != tt.want(string(b.Bytes)) {
						t.Errorf("file holds %d bytes ending in %q", len(got), got[max(0, len(got)-300):])
					}
				}
			})
		}
	}
}
