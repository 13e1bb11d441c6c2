package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"
	"time"

	"envelog/internal/sink/journal"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

const (
	passPause = time.Minute // between two passes, and how long one begins to compress files
	quiet     = time.Minute // since the last write, before which no file is closed
	lockName  = "retention.lock"
)

// Keeper removes and compresses the files of a log directory.
type Keeper struct {
	options  Options
	fs       vfs.FS
	log      *slog.Logger
	journals *journal.Visitor
	failed   map[string]string // by stage, what was said to be wrong with it; none when it went well since
}

// New returns a Keeper, or all that is wrong with the options. It starts nothing.
func New(options Options) (*Keeper, error) {
	if err := options.validate(); err != nil {
		return nil, fmt.Errorf("configure retention: %w", err)
	}
	options.setDefaults()
	return &Keeper{
		options:  options,
		fs:       options.FS,
		log:      options.Logger,
		journals: journal.Visit(options.FS, options.Dir, options.FileMode, options.DirMode, options.Logger),
		failed:   make(map[string]string),
	}, nil
}

// Run makes passes until ctx is cancelled, and returns nil then. What goes wrong is told to the log, once, and tried again in the next pass.
func (k *Keeper) Run(ctx context.Context) error {
	defer k.journals.Close()
	for {
		k.complain("begin", k.pass(ctx))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(passPause):
		}
	}
}

// pass does all that is due, unless another process is at it.
func (k *Keeper) pass(ctx context.Context) error {
	lock, err := k.lock()
	if errors.Is(err, vfs.ErrLocked) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock for retention: %w", err)
	}
	defer func() { _ = lock.Close() }()
	return k.work(ctx, time.Now())
}

func (k *Keeper) work(ctx context.Context, now time.Time) error {
	found, err := k.take(now)
	if err != nil {
		return err
	}
	for _, stage := range []struct {
		name string
		do   func(context.Context, *inventory) error
	}{
		{"tidy up", k.tidy},
		{"remove by days", k.expireByDays},
		{"remove by files", k.expireByFiles},
		{"compress", k.compressClosed},
		{"remove by size", k.expireBySize},
	} {
		if found.stale { // a directory of 100,000 files is looked at as seldom as can be
			if found, err = k.take(now); err != nil {
				return err
			}
		}
		k.complain(stage.name, stage.do(ctx, found))
	}
	return nil
}

// lock takes the lock of the pass, which ends with the file that is returned, or with the process.
func (k *Keeper) lock() (vfs.File, error) {
	state, err := statedir.Open(k.fs, k.options.Dir, k.options.DirMode)
	if err != nil {
		return nil, err
	}
	defer func() { _ = state.Close() }()
	return state.Lock(lockName, k.options.FileMode)
}

// complain says what went wrong first in a stage, unless it is what was said last.
func (k *Keeper) complain(stage string, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		delete(k.failed, stage)
		return
	}
	cause := err.Error()
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		cause = errno.Error() // the same for all files
	}
	if k.failed[stage] != cause {
		k.failed[stage] = cause
		k.log.Warn("Log files cannot be kept as configured, trying again every minute.", "step", stage, "error", err)
	}
}

// each does something to files, and returns the first error. A file that is in use has its turn in a later pass.
func each(ctx context.Context, files []logFile, do func(logFile) error) (first error) {
	for _, f := range files {
		if ctx.Err() != nil {
			return first
		}
		if err := do(f); err != nil && first == nil && !errors.Is(err, errInUse) {
			first = err
		}
	}
	return first
}
