package worker

import (
	"context"
	"log/slog"

	"envelog/internal/config"
	"envelog/internal/sink/retention"
)

// retentionTask removes and compresses log files. Its options can be changed while it runs.
type retentionTask struct {
	log     *slog.Logger
	keeper  *retention.Keeper // until the first change
	changed chan *retention.Keeper
}

func newRetention(o config.Files, log *slog.Logger) (*retentionTask, error) {
	keeper, err := newKeeper(o, log)
	return &retentionTask{log, keeper, make(chan *retention.Keeper)}, err
}

// Run implements task.
func (r *retentionTask) Run(ctx context.Context) error {
	for keeper := r.keeper; ; {
		current, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() {
			if keeper == nil {
				<-current.Done()
				done <- nil
				return
			}
			done <- keeper.Run(current)
		}()
		select {
		case keeper = <-r.changed:
			stop()
			if err := <-done; err != nil {
				return err
			}
		case err := <-done:
			stop()
			return err
		}
	}
}

// change has it continue with other options.
func (r *retentionTask) change(ctx context.Context, o config.Files) error {
	keeper, err := newKeeper(o, r.log)
	if err != nil {
		return err
	}
	select {
	case r.changed <- keeper:
	case <-ctx.Done():
	}
	return nil
}

// newKeeper returns what removes and compresses files; nil when there is nothing to do.
func newKeeper(o config.Files, log *slog.Logger) (*retention.Keeper, error) {
	options := retention.Options{
		Dir:           o.Dir,
		Timezone:      o.Zone,
		KeepDays:      o.Retention.Days,
		KeepFiles:     o.Retention.Files,
		KeepBytes:     int64(o.Retention.Bytes),
		Compress:      compressions()[o.Retention.Compress],
		CompressAfter: o.Retention.CompressAfter,
		FileMode:      o.FileMode,
		DirMode:       o.DirMode,
		Logger:        log,
	}
	if options.IsIdle() {
		return nil, nil
	}
	return retention.New(options)
}

func compressions() map[string]retention.Compression {
	return map[string]retention.Compression{"none": retention.None, "gzip": retention.Gzip, "zstd": retention.Zstd}
}
