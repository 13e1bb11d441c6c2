package retention

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"envelog/internal/sink"
	"envelog/internal/vfs"
)

// partSuffix ends the names of archives that are not complete, which begin with a dot.
const partSuffix = ".part"

// compressClosed compresses closed files, the oldest first.
func (k *Keeper) compressClosed(ctx context.Context, n *inventory) error {
	begun := time.Now()
	return each(ctx, n.toCompress(k.options), func(f logFile) error {
		if time.Since(begun) > passPause {
			return nil // the next pass goes on
		}
		bytes, err := k.compress(ctx, f)
		if err == nil {
			n.stale = true
			k.log.Info("Compressed a log file.", "path", f.path+string(k.options.Compress), "bytes", bytes, "before", f.info.Size)
		}
		return err
	})
}

func (n *inventory) toCompress(o Options) (files []logFile) {
	if o.Compress == None {
		return nil
	}
	archived := n.archives()
	for _, f := range n.files {
		if _, done := archived[plain(f.name)]; !done && n.isClosed(f) && n.age(f) >= o.CompressAfter {
			files = append(files, f)
		}
	}
	return files
}

// archives returns the compressed files, by the names of what they were.
func (n *inventory) archives() map[sink.FileName]logFile {
	found := make(map[sink.FileName]logFile)
	for _, f := range n.files {
		if f.name.Packed != "" {
			found[plain(f.name)] = f
		}
	}
	return found
}

// plain returns the name without what is compressed of it.
func plain(n sink.FileName) sink.FileName {
	n.Packed = ""
	return n
}

// compress puts an archive instead of a file, and returns how many bytes it has. The archive is safe on disk before
// the file is removed.
func (k *Keeper) compress(ctx context.Context, f logFile) (int64, error) {
	if f.isHollow() {
		return 0, fmt.Errorf("compress %q: of its %d bytes it has %d on the disk, so that it is no log file: look who made it, and remove it", f.path, f.info.Size, f.info.Disk)
	}
	part := k.partOf(f)
	var bytes int64
	err := k.settle(f)
	if err == nil {
		bytes, err = k.makeArchive(ctx, f, part)
	}
	if err == nil {
		err = k.replace(f, part)
	}
	if err != nil {
		_ = k.fs.Remove(part)
		return 0, fmt.Errorf("compress %q: %w", f.path, err)
	}
	return bytes, nil
}

func (k *Keeper) partOf(f logFile) string {
	return filepath.Join(k.options.Dir, "."+f.name.String()+string(k.options.Compress)+partSuffix)
}

// makeArchive writes a file's content, compressed, to a new file of this name, with the same times, owner and
// permissions, and forces it to disk.
func (k *Keeper) makeArchive(ctx context.Context, f logFile, part string) (bytes int64, err error) {
	source, err := k.openLog(f)
	if err != nil {
		return 0, err
	}
	defer func() { _ = source.Close() }()
	if err := k.fs.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) { // whatever somebody put there
		return 0, err
	}
	archive, err := k.fs.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	err = pack(ctx, appender{archive}, source, k.options.Compress)
	if err == nil {
		err = dress(archive, f.info)
	}
	if err == nil {
		err = archive.Sync()
	}
	info, statErr := archive.Stat()
	if err = errors.Join(err, statErr, archive.Close()); err != nil {
		return 0, err
	}
	return info.Size, nil
}

// dress gives a file the times and permissions of another, and its owner as far as that is allowed.
func dress(f vfs.File, like vfs.Info) error {
	_ = f.Chown(int(like.UID), int(like.GID))
	return errors.Join(vfs.SetMode(f, like.Mode.Perm()), f.SetModTime(like.ModTime))
}

// appender makes a Writer of a file that is open for appending.
type appender struct{ f vfs.File }

func (a appender) Write(b []byte) (n int, err error) {
	for n < len(b) {
		more, err := a.f.Append(b[n:])
		if n += more; err == nil && more == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// pack compresses what r has. It does so on one processor.
func pack(ctx context.Context, w io.Writer, r io.Reader, how Compression) error {
	packer, err := newPacker(w, how)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(packer, reader{ctx, r}, make([]byte, 1<<20))
	return errors.Join(err, packer.Close())
}

func newPacker(w io.Writer, how Compression) (io.WriteCloser, error) {
	if how == Zstd {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return gzip.NewWriter(w), nil
}

// newUnpacker is the way back. Closing what it returns frees memory.
func newUnpacker(r io.Reader, how Compression) (io.ReadCloser, error) {
	if how != Zstd {
		return gzip.NewReader(r)
	}
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// reader reads until ctx is cancelled.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// replace gives the archive its name and removes the file. When someone opens the file meanwhile to write to it, it stays,
// and the archive goes.
func (k *Keeper) replace(f logFile, part string) error {
	claimed, err := k.claim(f)
	if err != nil {
		return err
	}
	defer func() { _ = claimed.Close() }()
	archive := f.path + string(k.options.Compress)
	if err := k.fs.Rename(part, archive); err != nil {
		return err
	}
	if err := k.fs.SyncDir(k.options.Dir); err != nil {
		return errors.Join(err, k.fs.Remove(archive))
	}
	if err := k.mustBeUnused(claimed, f); err != nil {
		return errors.Join(err, k.fs.Remove(archive))
	}
	return k.fs.Remove(f.path)
}
