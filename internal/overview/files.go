package overview

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"envelog/internal/tail"
	"envelog/internal/vfs"
	"envelog/record"
)

const countBytes = 4 << 20 // of a file's growth that are looked at for lines in one look; of more, the share counts

// files watches the files of a log directory.
type files struct {
	dir    string
	errors *tail.Reader
	begun  bool
	recent []Line // the last errors, the newest first

	at     time.Time
	before map[string]int64 // sizes at the last look
}

func newFiles(dir string) *files {
	return &files{dir: dir, errors: tail.New(dir, tail.Filter{Least: record.Error})}
}

func (f *files) look(now time.Time) (list []File, recent []Line, problem string) {
	there, err := tail.List(f.dir)
	if err != nil {
		return []File{}, f.recent, err.Error()
	}
	sizes, seconds := make(map[string]int64, len(there)), now.Sub(f.at).Seconds()
	for _, t := range there {
		file := File{Name: t.Name, Channel: t.Channel, Bytes: t.Size, Changed: t.Changed}
		sizes[t.Name] = t.Size
		if before, ok := f.before[t.Name]; (ok || f.before != nil) && t.Size > before {
			file.Growth = rate(t.Size-before, seconds)
			file.Lines = f.countLines(t.Name, before, t.Size) / seconds
		}
		list = append(list, file)
	}
	f.at, f.before = now, sizes
	slices.SortFunc(list, func(a, b File) int {
		return cmp.Or(cmp.Compare(b.Growth, a.Growth), b.Changed.Compare(a.Changed), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(len(list), mostFiles)], f.lookForErrors(), ""
}

// countLines counts the lines between two places of a file.
func (f *files) countLines(name string, from, to int64) float64 {
	in, err := vfs.OS.OpenFile(filepath.Join(f.dir, name), os.O_RDONLY, 0)
	if err != nil {
		return 0
	}
	defer func() { _ = in.Close() }()
	looked, lines := int64(0), 0
	for block := make([]byte, 64<<10); looked < min(to-from, countBytes); {
		n, err := in.ReadAt(block[:min(int64(len(block)), to-from-looked)], from+looked)
		lines += bytes.Count(block[:n], []byte("\n"))
		looked += int64(n)
		if err != nil && !errors.Is(err, io.EOF) || n == 0 {
			break
		}
	}
	if looked == 0 {
		return 0
	}
	return float64(lines) * float64(to-from) / float64(looked)
}

func (f *files) lookForErrors() []Line {
	read := f.errors.Next
	if !f.begun {
		f.begun = true
		read = func() ([]tail.Line, error) { return f.errors.Last(mostErrors) }
	}
	lines, _ := read() // what cannot be read is said for the directory
	for _, l := range lines[max(len(lines)-mostErrors, 0):] {
		f.recent = slices.Insert(f.recent, 0, LineOf(l))
	}
	f.recent = f.recent[:min(len(f.recent), mostErrors)]
	return slices.Clone(f.recent)
}

// LineOf returns a line as it is shown.
func LineOf(l tail.Line) Line {
	level := ""
	if l.Level != 0 {
		level = l.Level.String()
	}
	return Line{Time: l.Time, Channel: l.Channel, Level: level, Text: l.Text}
}
