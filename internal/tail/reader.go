package tail

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"envelog/internal/filename"
	"envelog/internal/logdir"
	"envelog/internal/sink"
	"envelog/internal/vfs"
)

const (
	// MaxScan is how many bytes of a file are looked at in one call, from its end.
	MaxScan = 16 << 20
	// MaxLine is how many bytes of a line are kept.
	MaxLine = 64 << 10

	blockSize = 64 << 10
)

// Reader reads the log files of one directory. It is used by one goroutine at a time.
type Reader struct {
	// Scan is how many bytes of a file's growth Next looks at, from its end; what is before them is left out.
	Scan int64

	dir    string
	filter Filter
	files  map[string]*position // by name
}

// position is how far a file has been read.
type position struct {
	info   vfs.Info // which file it was
	offset int64    // the end of the last complete line
	last   Line     // with time and level
}

// New returns a Reader; it reads nothing.
func New(dir string, f Filter) *Reader {
	return &Reader{Scan: MaxScan, dir: dir, filter: f, files: map[string]*position{}}
}

// File is a log file.
type File struct {
	Name    string
	Channel string
	Size    int64
	Changed time.Time
}

// List returns the log files of a directory that are not compressed, those of each channel in their order.
func List(dir string) (files []File, err error) {
	there, err := New(dir, Filter{}).list()
	for _, f := range there {
		files = append(files, File{f.String(), f.channel, f.info.Size, f.info.ModTime})
	}
	return files, err
}

// Compressed returns the names of the wanted channels' files that are compressed, and therefore not read, the newest first.
func (r *Reader) Compressed() (names []string, err error) {
	files, err := r.named(func(n sink.FileName) bool { return n.Packed != "" })
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Channel, b.Channel), cmp.Compare(b.Number, a.Number))
	})
	for _, f := range files {
		names = append(names, f.String())
	}
	return names, err
}

// file is a log file that is there.
type file struct {
	sink.FileName
	channel string // decoded
	info    vfs.Info
}

// list returns the files of the wanted channels that are not compressed, those of each channel in their order.
func (r *Reader) list() (files []file, err error) {
	files, err = r.named(func(n sink.FileName) bool { return n.Packed == "" })
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Number, b.Number))
	})
	return files, err
}

// named returns the files of the wanted channels that have such names.
func (r *Reader) named(wanted func(sink.FileName) bool) (files []file, err error) {
	names, err := vfs.OS.ReadDir(r.dir)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("read log directory %q: %w", r.dir, logdir.Explain(r.dir, syscall.ENOTDIR))
	}
	if err != nil {
		return nil, fmt.Errorf("read log directory: %w", err)
	}
	for _, entry := range names {
		name, ok := sink.ParseFileName(entry)
		if !ok || !wanted(name) {
			continue
		}
		channel := decoded(name.Channel)
		if len(r.filter.Channels) > 0 && !slices.Contains(r.filter.Channels, channel) {
			continue
		}
		if info, err := vfs.OS.Lstat(filepath.Join(r.dir, entry)); err == nil && info.Mode.IsRegular() { // else it is gone
			files = append(files, file{name, channel, info})
		}
	}
	return files, nil
}

// decoded returns the channel that a file name stands for, or the name itself when it was shortened.
func decoded(name string) string {
	if channel, err := filename.Decode(name); err == nil {
		return string(channel)
	}
	return name
}

// Last returns the last n wanted lines of all files. Next goes on behind them. A file that cannot be read keeps no line of
// the others back; the error is that of the first one.
func (r *Reader) Last(n int) (all []Line, first error) {
	files, err := r.list()
	if err != nil {
		return nil, err
	}
	var ofChannel []Line
	for i := len(files) - 1; i >= 0; i-- {
		f := files[i]
		if i == len(files)-1 || f.Channel != files[i+1].Channel {
			ofChannel = nil
		}
		r.files[f.String()] = &position{info: f.info, offset: f.info.Size}
		if len(ofChannel) >= n {
			continue
		}
		lines, err := r.back(f, n-len(ofChannel))
		first = cmp.Or(first, err)
		ofChannel = append(ofChannel, lines...)
		all = append(all, lines...)
	}
	inOrder(all)
	return all[max(len(all)-n, 0):], first
}

// back returns the last n wanted lines of a file.
func (r *Reader) back(f file, n int) ([]Line, error) {
	in, err := r.open(f)
	if err != nil || in == nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	end, text := f.info.Size, []byte(nil)
	var lines []Line
	for start := end; start > 0 && end-start < MaxScan; {
		size := min(start, blockSize<<min(len(text)/blockSize, 6))
		block := make([]byte, size)
		if _, err := in.ReadAt(block, start-size); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read %s: %w", f, err)
		}
		start -= size
		text = append(block, text...)
		whole := text
		if start > 0 { // the first line may begin in the block before
			whole = text[bytes.IndexByte(text, '\n')+1:]
		}
		if lines = r.linesIn(f.channel, whole, new(Line)); len(lines) >= n {
			break
		}
	}
	r.files[f.String()].offset = end - int64(len(text)-1-bytes.LastIndexByte(text, '\n'))
	return lines[max(len(lines)-n, 0):], nil
}

// open opens a file that must still be the one that was listed; nil when it is gone, or another one: the next call sees what
// is there instead.
func (r *Reader) open(f file) (vfs.File, error) {
	in, err := vfs.OS.OpenFile(filepath.Join(r.dir, f.String()), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP) { // ELOOP: a link took its place
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open log file: %w", err)
	}
	if info, err := in.Stat(); err != nil || !vfs.SameFile(info, f.info) {
		_ = in.Close()
		return nil, err
	}
	return in, nil
}

// linesIn returns the wanted ones of the complete lines in text. A line without a time, such as one of a stack trace, has
// time and level of the line before.
func (r *Reader) linesIn(channel string, text []byte, last *Line) (lines []Line) {
	for {
		line, rest, complete := bytes.Cut(text, []byte("\n"))
		if !complete {
			return lines
		}
		text = rest
		if len(line) == 0 {
			continue // what is left of a line that was taken back
		}
		l := Line{Channel: channel, Text: string(line[:min(len(line), MaxLine)])}
		if l.Time, l.Level = Parse(string(line)); l.Time.IsZero() {
			l.Time, l.Level = last.Time, last.Level
		}
		*last = l
		if r.filter.Wants(&l) {
			lines = append(lines, l)
		}
	}
}

// Next returns the wanted lines that were added since the last call. Files that were not there then are read from their
// beginning. The error is as that of Last.
func (r *Reader) Next() (all []Line, first error) {
	files, err := r.list()
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(files))
	for _, f := range files {
		there[f.String()] = true
		lines, err := r.added(f)
		first = cmp.Or(first, err)
		all = append(all, lines...)
	}
	for name := range r.files {
		if !there[name] {
			delete(r.files, name)
		}
	}
	inOrder(all)
	return all, first
}

func (r *Reader) added(f file) ([]Line, error) {
	p := r.files[f.String()]
	if p == nil || !vfs.SameFile(p.info, f.info) || f.info.Size < p.offset {
		p = &position{}
		r.files[f.String()] = p
	}
	p.info = f.info
	size := f.info.Size - p.offset
	if size == 0 {
		return nil, nil
	}
	in, err := r.open(f)
	if err != nil || in == nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	cut := size > r.Scan
	if cut {
		p.offset, size = p.offset+size-r.Scan, r.Scan
	}
	text := make([]byte, size)
	n, err := in.ReadAt(text, p.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", f, err)
	}
	whole := text[:bytes.LastIndexByte(text[:n], '\n')+1]
	p.offset += int64(len(whole))
	if cut { // the first line began before
		whole = whole[bytes.IndexByte(whole, '\n')+1:]
	}
	return r.linesIn(f.channel, whole, &p.last), nil
}

func inOrder(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int { return a.Time.Compare(b.Time) })
}
