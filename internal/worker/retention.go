package worker

import (
	"context"
	"log/slog"

	"envelog/internal/config"
	"envelog/internal/sink/retention"
)

// keeping removes and compresses files as it is told, and can be told otherwise while it runs.
type keeping struct {
	log     *slog.Logger
	keeper  *retention.Keeper // of the beginning
	changed chan *retention.Keeper
}

func newKeeping(o config.Files, log *slog.Logger) (*keeping, error) {
	keeper, err := newKeeper(o, log)
	return &keeping{log, keeper, make(chan *retention.Keeper)}, err
}

// Run implements task.
func (k *keeping) Run(ctx context.Context) error {
	for keeper := k.keeper; ; {
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
		case keeper = <-k.changed:
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

// change makes it go on with other options.
func (k *keeping) change(ctx context.Context, o config.Files) error {
	keeper, err := newKeeper(o, k.log)
	if err != nil {
		return err
	}
	select {
	case k.changed <- keeper:
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
