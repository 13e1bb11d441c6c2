package simulation

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"envelog/internal/sink"
	"envelog/internal/sink/retention"
	"envelog/internal/vfs/simfs"
)

// keeperSlot is the slot of the process that removes and compresses log files.
const keeperSlot = firstOther + 4

// oldDay is the day of records whose files are closed when nobody has written to them for a while.
var oldDay = time.Date(1999, 12, 28, 0, 0, 0, 0, time.UTC)

// newKeeper returns a slot that runs the real retention until all workers have ended.
func newKeeper(r *run) *slot {
	return &slot{r: r, index: keeperSlot, name: "keeper", startAt: time.Now()}
}

func (s *slot) keep(p *simfs.Process) {
	o := s.r.plan.retention
	o.FS, o.Dir, o.Logger = p, logDir, s.r.logger(p)
	k, err := retention.New(o)
	if err != nil {
		s.r.violate("panic", err.Error()) // the plan is wrong
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.r.over = append(s.r.over, cancel)
	k.Run(ctx)
	s.done = true
}

// archive is the content of a compressed file.
type archive struct {
	size    int
	content []byte
}

// archiveOf returns the name of the file that an archive is made of; ok tells whether the name is that of an archive.
func archiveOf(name string) (file string, ok bool) {
	for _, suffix := range []string{sink.Gzip, sink.Zstd} {
		if file, ok = strings.CutSuffix(name, suffix); ok {
			return file, true
		}
	}
	return name, false
}

// unpack returns the content of an archive, which is complete.
func (l *ledger) unpack(ino uint64, packed []byte) []byte {
	if a := l.archives[ino]; a.size == len(packed) {
		return a.content
	}
	var content []byte
	if r, err := gzip.NewReader(bytes.NewReader(packed)); err == nil {
		content, _ = io.ReadAll(r)
	} else if r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err == nil {
		content, _ = r.DecodeAll(packed, nil)
		r.Close()
	}
	l.archives[ino] = archive{len(packed), content}
	return content
}

// standsTwice reports whether what a file has stands in another one too, its archive or the file that it is the archive of,
// until retention removes one of them: while it compresses, after a kill, and when a power cut brings back, perhaps in part,
// what was removed. In the end none may be left.
func (l *ledger) standsTwice(name string, content []byte) bool {
	if file, packed := archiveOf(name); packed {
		plain := l.r.m.ReadFile(logDir + "/" + file)
		return plain != nil && bytes.HasPrefix(plain, content)
	}
	for _, suffix := range []string{sink.Gzip, sink.Zstd} {
		path := logDir + "/" + name + suffix
		packed := l.r.m.ReadFile(path)
		if packed == nil {
			continue
		}
		if whole := l.unpack(l.r.m.Ino(path), packed); !bytes.HasPrefix(content, whole) && isLeft(content, whole) {
			return true
		}
	}
	return false
}

// isLeft reports whether content is what a power cut may leave of a file: the pages and the size that were on disk.
func isLeft(content, whole []byte) bool {
	if len(content) > len(whole) {
		return false
	}
	for i, c := range content {
		if c != 0 && c != whole[i] {
			return false
		}
	}
	return true
}

// retires notes that retention is about to remove a file; what is returned is called when it has. The lines of a file that
// stays as an archive, or of an archive whose file stays, are counted there.
func (l *ledger) retires(path string) (done func()) {
	ino := l.r.m.Ino(path)
	if ino == 0 || strings.HasPrefix(path, logDir+"/.") {
		return func() {}
	}
	archive := path + cmp.Or(string(l.r.plan.retention.Compress), sink.Gzip)
	content, held := l.r.m.ReadFile(path), false
	if plain, packed := archiveOf(path); packed {
		whole := l.unpack(ino, content)
		if held = bytes.HasPrefix(l.r.m.ReadFile(plain), whole); held {
			l.repeated += bytes.Count(whole, []byte("\n"))
		}
	} else if other := l.r.m.ReadFile(archive); other != nil {
		held = isLeft(content, l.unpack(l.r.m.Ino(archive), other))
	}
	if held {
		return func() {}
	}
	f, err := l.r.direct.OpenFile(path, os.O_RDONLY, 0)
	return func() {
		if err != nil || l.r.m.Ino(path) == ino {
			return
		}
		if info, err := f.Stat(); err == nil && info.Links == 0 { // otherwise it was renamed
			l.removed = append(l.removed, f)
			delete(l.untold, ino) // its lines were looked at before
		}
	}
}
