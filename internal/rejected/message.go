package rejected

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"envelog/internal/logdir"
	"envelog/internal/quantity"
	"envelog/internal/vfs"
	"envelog/transport"
)

// Message is an entry that [Keeper] kept.
type Message struct {
	Name      string // of its files, without their endings
	Transport string // Symfony's name of the transport that it came from
	Stream    string // where that keeps its messages
	ID        string // of the entry
	Reason    string
	Time      time.Time // when it was kept
	Bytes     int       // that it had
	Cut       bool      // whether only its beginning is there

	dir    string
	fields map[string]noteField
}

// ErrIncomplete is wrapped by the error for an entry whose files are not those that its note tells of.
var ErrIncomplete = errors.New("what was kept of it is not complete")

// noteLimit is the size of the largest note that is read; those that are written have some KiB.
const noteLimit = 64 << 10

// List returns the entries that are kept in a log directory, the oldest first. No directory has none. Notes that
// cannot be read are in the error, the others are returned all the same.
func List(logDir string) (all []Message, err error) {
	dir := filepath.Join(logDir, DirName)
	d, err := openTrusted(vfs.OS, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list rejected entries in %q: %w", dir, logdir.Explain(dir, err))
	}
	defer func() { _ = d.Close() }()
	names, err := d.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list rejected entries in %q: %w", dir, logdir.Explain(dir, err))
	}
	var errs []error
	for _, n := range names {
		base, is := strings.CutSuffix(n, noteSuffix)
		if !is || strings.HasPrefix(base, tempPrefix) {
			continue
		}
		r, err := read(d, dir, base)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Message) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Name, b.Name)) })
	return all, errors.Join(errs...)
}

func read(d vfs.Dir, dir, base string) (r Message, err error) {
	text, err := readPlain(d, base+noteSuffix, noteLimit)
	if err != nil {
		return r, fmt.Errorf("read rejected entry %q: %w", base, err)
	}
	var n note
	if err := json.Unmarshal(text, &n); err != nil {
		return r, fmt.Errorf("read rejected entry %q: %w: its note: %w", base, ErrIncomplete, err)
	}
	r = Message{Name: base, Transport: n.Transport, Stream: n.Stream, ID: n.ID, Reason: n.Reason, Time: n.Time, dir: dir, fields: n.Fields}
	for _, f := range n.Fields {
		r.Bytes += f.Bytes
		r.Cut = r.Cut || f.Kept != 0
	}
	return r, nil
}

// readPlain reads a plain file of at most that many bytes. Who may write to the log directory could put anything in its
// place.
func readPlain(fsys vfs.FS, path string, most int64) ([]byte, error) {
	f, err := fsys.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode.IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrIncomplete, filepath.Base(path))
	}
	if info.Size > most {
		return nil, fmt.Errorf("%w: %s has %s, of at most %d", ErrIncomplete, filepath.Base(path), quantity.Count(info.Size, "byte", "bytes"), most)
	}
	text := make([]byte, info.Size)
	n, err := f.ReadAt(text, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return text[:n], err
}

// Entry reads the entry as it was, or its beginning when it is Cut.
func (r Message) Entry() (*transport.Entry, error) {
	d, err := openTrusted(vfs.OS, r.dir)
	if err != nil {
		return nil, fmt.Errorf("read rejected entry %q: %w", r.Name, logdir.Explain(r.dir, err))
	}
	defer func() { _ = d.Close() }()
	e := &transport.Entry{ID: []byte(r.ID)}
	for name, field := range map[string]*[]byte{"message": &e.Message, "body": &e.Body, "headers": &e.Headers} {
		kept, ok := r.fields[name]
		if !ok {
			continue
		}
		size := cmp.Or(kept.Kept, kept.Bytes)
		raw, err := readPlain(d, r.Name+"."+name, int64(size))
		sum := sha256.Sum256(raw)
		if err == nil && (len(raw) != size || kept.Kept == 0 && hex.EncodeToString(sum[:]) != kept.SHA256) {
			err = fmt.Errorf("%w: the field %s is another one", ErrIncomplete, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read rejected entry %q: %w", r.Name, err)
		}
		*field = raw
	}
	return e, nil
}

// Source names where the entry came from, for journals. Two entries of one id have different ones.
func (r Message) Source() string {
	n := note{Fields: r.fields}
	return fmt.Sprintf("rejected from %q stream %q %s", r.Transport, r.Stream, n.digest())
}

// Remove removes the entry, the note first: without it there is no entry.
func (r Message) Remove() error {
	d, err := openTrusted(vfs.OS, r.dir)
	if err != nil {
		return fmt.Errorf("remove rejected entry %q: %w", r.Name, logdir.Explain(r.dir, err))
	}
	defer func() { _ = d.Close() }()
	if err = d.Remove(r.Name + noteSuffix); err == nil {
		err = d.SyncDir(".")
	}
	for _, field := range slices.Sorted(maps.Keys(r.fields)) {
		if err == nil && slices.Contains([]string{"message", "body", "headers"}, field) {
			err = d.Remove(r.Name + "." + field)
		}
	}
	if err != nil {
		return fmt.Errorf("remove rejected entry %q: %w", r.Name, logdir.Explain(r.dir, err))
	}
	return nil
}
