package rejected

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"envelog/internal/filename"
	"envelog/internal/logdir"
	"envelog/internal/vfs"
	"envelog/transport"
)

// DirName is the name of the directory, within the log directory, in which rejected entries are kept.
const DirName = ".rejected"

// The defaults of Options.
const (
	DefaultMaxBytes int64 = 1 << 30
	DefaultMaxCount       = 10_000
)

const (
	partNameLimit = 100     // bytes of the encoded transport, and of the encoded id, in a file name
	reasonLimit   = 4 << 10 // bytes of a reason that are kept
	noteSuffix    = ".json" // of the file that tells the reason
	tempPrefix    = ".tmp-" // of a file that is not complete
	lockName      = ".lock" // of the file whose lock a process has that keeps an entry
	lockPatience  = 5 * time.Second
	tempLife      = time.Hour   // after which one of those is taken for one that a dead process left
	rescanPause   = time.Second // at least, between two looks for room in a full directory
)

// ErrFull means that an entry was not kept because the directory holds as much as it may. The entry must not be
// acknowledged. Removing files makes room within a second, without a restart.
var ErrFull = errors.New("directory of rejected entries is full")

// Options bounds what is kept, together with what was there before.
type Options struct {
	FS vfs.FS // the file system; nil means vfs.OS
	// Token is a word in the names of unfinished files that no other process has; "" means a random one.
	Token    string
	MaxBytes int64 // bytes of all files; 0 means 1 GiB
	MaxCount int   // entries; 0 means 10,000
	// LogDirMode is the mode of the log directory. When its group may write there, so that several users can take over from
	// each other, the group may also read, keep and remove rejected entries; otherwise the owner alone may.
	LogDirMode fs.FileMode
}

// Keeper keeps the entries of one transport; see the documentation of the package. It may be used by several goroutines.
type Keeper struct {
	shelf     *shelf
	transport string
	stream    string
}

// Open creates the directory of rejected entries within the log directory and counts what is in it.
func Open(logDir string, options Options) (*Keeper, error) {
	switch {
	case logDir == "":
		return nil, errors.New("open directory of rejected entries: log directory is empty")
	case options.MaxBytes < 0 || options.MaxCount < 0:
		return nil, fmt.Errorf("open directory of rejected entries: MaxBytes is %d and MaxCount is %d, must not be negative", options.MaxBytes, options.MaxCount)
	}
	if options.FS == nil {
		options.FS = vfs.OS
	}
	s := &shelf{
		fs:       options.FS,
		token:    cmp.Or(options.Token, rand.Text()),
		dir:      filepath.Join(logDir, DirName),
		maxBytes: cmp.Or(options.MaxBytes, DefaultMaxBytes),
		maxCount: cmp.Or(options.MaxCount, DefaultMaxCount),
		dirMode:  0o700,
		fileMode: 0o600,
	}
	if options.LogDirMode&0o020 != 0 {
		s.dirMode, s.fileMode = 0o770, 0o660
	}
	err := s.open()
	if err == nil {
		err = s.scan()
		s.close()
	}
	if err != nil {
		return nil, fmt.Errorf("open directory of rejected entries %q: %w", s.dir, logdir.Explain(s.dir, err))
	}
	return &Keeper{shelf: s, transport: "entry"}, nil
}

// Of returns a Keeper for the entries of one transport, whose stream has this key in Redis. It shares directory and
// bounds with r.
func (r *Keeper) Of(transport, stream string) *Keeper {
	return &Keeper{shelf: r.shelf, transport: transport, stream: stream}
}

// Keep stores e with the reason, and returns the path of its note. When the error is nil, e survives a power cut; when it
// is another one, such as [ErrFull], e must not be acknowledged. Keeping an entry again is no error and takes no more
// room.
func (r *Keeper) Keep(e *transport.Entry, reason error) (note string, err error) {
	r.shelf.mu.Lock()
	defer r.shelf.mu.Unlock()
	parts := partsOf(e)
	base, err := r.shelf.keep(r.base(e), parts, r.note(e, parts, reason))
	if err != nil {
		return "", fmt.Errorf("keep rejected entry %q: %w", e.ID, err)
	}
	return r.shelf.path(base + noteSuffix), nil
}

// base returns what the names of the entry's files begin with.
func (r *Keeper) base(e *transport.Entry) string {
	name := filename.Append(nil, []byte(r.transport), partNameLimit)
	return string(filename.Append(append(name, '-'), e.ID, partNameLimit))
}

// part is one field of an entry.
type part struct {
	field string
	raw   []byte
}

func partsOf(e *transport.Entry) (parts []part) {
	for _, p := range []part{{"message", e.Message}, {"body", e.Body}, {"headers", e.Headers}} {
		if p.raw != nil {
			parts = append(parts, p)
		}
	}
	return parts
}

// note is what is kept beside the raw fields.
type note struct {
	Transport string               `json:"transport"`
	Stream    string               `json:"stream,omitempty"`
	ID        string               `json:"id"`
	Time      time.Time            `json:"rejected_at"`
	Reason    string               `json:"reason"`
	Fields    map[string]noteField `json:"fields"` // by name
}

type noteField struct {
	Bytes  int    `json:"bytes"`
	Kept   int    `json:"kept,omitempty"` // of a field that was too large to be read whole: the bytes at its beginning
	SHA256 string `json:"sha256"`         // as sha256sum prints it
}

func (r *Keeper) note(e *transport.Entry, parts []part, reason error) note {
	n := note{
		Transport: r.transport,
		Stream:    r.stream,
		ID:        string(e.ID),
		Time:      time.Now().UTC(),
		Reason:    "none given",
		Fields:    make(map[string]noteField),
	}
	if reason != nil {
		text := reason.Error()
		n.Reason = strings.ToValidUTF8(text[:min(len(text), reasonLimit)], "\uFFFD")
	}
	for _, p := range parts {
		sum := sha256.Sum256(p.raw)
		n.Fields[p.field] = noteField{Bytes: len(p.raw), SHA256: hex.EncodeToString(sum[:])}
	}
	for _, cut := range e.Cuts {
		n.Fields[cut.Field] = noteField{Bytes: cut.Bytes, Kept: n.Fields[cut.Field].Bytes, SHA256: hex.EncodeToString(cut.SHA256[:])}
	}
	return n
}

// digest returns eight hex digits that depend on every byte of every field.
func (n *note) digest() string {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(n.Fields)) {
		fmt.Fprintln(&all, name, n.Fields[name].SHA256)
	}
	sum := sha256.Sum256([]byte(all.String()))
	return hex.EncodeToString(sum[:4])
}
