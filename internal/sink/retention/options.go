package retention

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"envelog/internal/invalid"
	"envelog/internal/logdir"
	"envelog/internal/sink"
	"envelog/internal/vfs"
)

// Compression is how closed files are compressed.
type Compression string

// The compressions.
const (
	None Compression = ""
	Gzip Compression = sink.Gzip
	Zstd Compression = sink.Zstd
)

// Options configures a [Keeper].
type Options struct {
	// FS is the file system; nil means vfs.OS.
	FS vfs.FS
	// Dir is the log directory, which exists.
	Dir string
	// Timezone is the zone in which a day ends; nil: the last one on Earth.
	Timezone *time.Location
	// KeepDays is how many days have files, today included; 0: all.
	KeepDays int
	// KeepFiles is how many files each channel has at most, compressed and numbered ones included, as maxFiles of Monolog's
	// RotatingFileHandler; 0: all.
	KeepFiles int
	// KeepBytes is how many bytes all log files together have at most, 0: any.
	KeepBytes int64
	// Compress is what closed files are compressed with.
	Compress Compression
	// CompressAfter is how long nobody wrote to a closed file before that.
	CompressAfter time.Duration
	// FileMode and DirMode are the permissions of what is created in <Dir>/.envelog; 0 means 0640 and 0750. Archives
	// have owner and permissions of their file.
	FileMode, DirMode fs.FileMode
	// Logger is told what is removed and compressed, and, once, what cannot be; nil: it is not reported.
	Logger *slog.Logger
}

// IsIdle reports whether there is nothing to do with these options.
func (o *Options) IsIdle() bool {
	return o.KeepDays == 0 && o.KeepFiles == 0 && o.KeepBytes == 0 && o.Compress == None
}

// validate returns all that is wrong with the options.
func (o *Options) validate() error {
	return errors.Join(
		invalid.Unless(o.Dir != "", "Dir is empty"),
		invalid.Unless(o.KeepDays >= 0, "KeepDays is %d, must not be negative", o.KeepDays),
		invalid.Unless(o.KeepFiles >= 0, "KeepFiles is %d, must not be negative", o.KeepFiles),
		invalid.Unless(o.KeepBytes >= 0, "KeepBytes is %d, must not be negative", o.KeepBytes),
		invalid.Unless(o.Compress == None || o.Compress == Gzip || o.Compress == Zstd, "Compress is %q, must be None, Gzip or Zstd", o.Compress),
		invalid.Unless(o.CompressAfter >= 0, "CompressAfter is %v, must not be negative", o.CompressAfter),
	)
}

// setDefaults replaces what is zero and stands for something else.
func (o *Options) setDefaults() {
	if o.FS == nil {
		o.FS = vfs.OS
	}
	o.FileMode = cmp.Or(o.FileMode, sink.DefaultFileMode)
	o.DirMode = cmp.Or(o.DirMode, logdir.DefaultMode)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
}
