package retention

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"envelog/internal/sink"
	"envelog/internal/vfs"
)

// tidy finishes what a process that was killed left: archives that are not complete, and files whose archive is.
func (k *Keeper) tidy(ctx context.Context, n *inventory) error {
	if err := k.removeParts(); err != nil {
		return err
	}
	archives := n.archives()
	return each(ctx, n.files, func(f logFile) error {
		archive, ok := archives[f.name]
		if !ok || n.age(f) < quiet || f.isHollow() {
			return nil
		}
		if err := k.finish(ctx, n, f, archive); err != nil {
			return fmt.Errorf("finish compressing %q: %w", f.path, err)
		}
		return nil
	})
}

// removeParts removes archives that are not complete: none is being made, as the lock of the pass is held.
func (k *Keeper) removeParts() error {
	names, err := k.fs.ReadDir(k.options.Dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(k.options.Dir, name)
		if info, failed := k.fs.Lstat(path); isPart(name) && failed == nil && !info.Mode.IsDir() {
			err = errors.Join(err, k.fs.Remove(path)) // of a link, the link itself
		}
	}
	return err
}

func isPart(name string) bool {
	hidden, isHidden := strings.CutPrefix(name, ".")
	archive, isPart := strings.CutSuffix(hidden, partSuffix)
	n, ok := sink.ParseFileName(archive)
	return isHidden && isPart && ok && n.Packed != ""
}

// finish leaves either the file or its archive, when it holds the same. A file of other content gets a number of its own:
// someone wrote to a name whose file was compressed.
func (k *Keeper) finish(ctx context.Context, n *inventory, f, archive logFile) error {
	if err := k.settle(f); err != nil {
		return err
	}
	relation, err := k.compare(ctx, f, archive)
	if err != nil {
		return err
	}
	claimed, err := k.claim(f)
	if err != nil {
		return err
	}
	defer func() { _ = claimed.Close() }()
	n.stale = true
	switch {
	case relation == held && !f.info.ModTime.After(archive.info.ModTime): // otherwise it was written since, and repeats lines
		return k.fs.Remove(f.path)
	case relation == grown:
		return k.fs.Remove(archive.path)
	}
	return k.renumber(n, f)
}

// renumber gives a file the next number that is free. A name that is taken meanwhile is not overwritten. A process that was killed
// before it could remove the former name has left both.
func (k *Keeper) renumber(n *inventory, f logFile) error {
	if n.hasNumber(f) {
		return k.fs.Remove(f.path)
	}
	to := f.name
	to.Number = n.last[f.name.Series()] + 1
	path := filepath.Join(k.options.Dir, to.String())
	if err := k.fs.Link(f.path, path); err != nil {
		return err
	}
	n.last[f.name.Series()] = to.Number
	k.log.Info("Renamed a log file: the one that had its name before is compressed.", "path", f.path, "to", path)
	return k.fs.Remove(f.path)
}

// hasNumber reports whether a file has another name of its day and channel too.
func (n *inventory) hasNumber(f logFile) bool {
	return slices.ContainsFunc(n.files, func(o logFile) bool {
		return o.name != f.name && o.name.Packed == "" && o.name.Series() == f.name.Series() && vfs.SameFile(o.info, f.info)
	})
}

// relation is how a file relates to its archive.
type relation int

const (
	other relation = iota // they have nothing to do with each other
	held                  // the archive holds all of it
	grown                 // the archive holds its beginning
)

// compare compares a file with its archive. One that cannot be unpacked is other.
func (k *Keeper) compare(ctx context.Context, f, archive logFile) (relation, error) {
	content, err := k.openLog(f)
	if err != nil {
		return other, err
	}
	defer func() { _ = content.Close() }()
	packed, err := k.openLog(archive)
	if err != nil {
		return other, err
	}
	defer func() { _ = packed.Close() }()
	unpacked, err := newUnpacker(reader{ctx, packed}, Compression(archive.name.Packed))
	if err != nil {
		return other, ctx.Err()
	}
	defer func() { _ = unpacked.Close() }()
	return compareContent(ctx, content, unpacked, archive.info.Size*mostUnpacked+hollowSize)
}

// mostUnpacked is how many bytes for each of its own an archive is looked at behind the end of a file: whoever may write to the
// directory puts there one of some MiB that takes days to unpack.
const mostUnpacked = 1000

// compareContent compares what a file has with what its archive has, to the end of both, or other when the
// archive has more than most bytes behind the end of the file. A power cut may bring a file back that was
// removed, with less than it had: it is shorter then, or has zeros in the place of pages that were not on disk.
func compareContent(ctx context.Context, content, unpacked io.Reader, most int64) (relation, error) {
	here, there := make([]byte, 1<<20), make([]byte, 1<<20)
	holes := false
	for {
		n, end := readFull(unpacked, there)
		m, err := readFull(content, here[:n])
		most -= int64(n - m)
		equal := bytes.Equal(here[:m], there[:m])
		holes = holes || !equal
		switch {
		case ctx.Err() != nil:
			return other, ctx.Err()
		case unlessEnd(err) != nil:
			return other, err
		case !equal && !isLeft(here[:m], there), most < 0:
			return other, nil
		case end == nil:
			continue
		case !errors.Is(end, io.EOF):
			return other, nil // the archive is damaged
		}
		switch more, err := content.Read(here[:1]); {
		case more > 0 && holes:
			return other, nil
		case more > 0:
			return grown, nil
		default:
			return held, unlessEnd(err)
		}
	}
}

// unlessEnd leaves out the error that says that there is no more to read.
func unlessEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// isLeft reports whether what is left of a content differs from it by zeros alone.
func isLeft(left, whole []byte) bool {
	for i, c := range left {
		if c != 0 && c != whole[i] {
			return false
		}
	}
	return true
}

// readFull fills b; the error says why it could not, and is io.EOF only at a proper end.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = r.Read(b[n:])
		n += more
	}
	return n, err
}
