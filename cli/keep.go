package cli

import (
	"context"
	"sync"

	"envelog/internal/sink/retention"
)

// newKeeper returns what removes and compresses files; nil when there is nothing to do.
func (s *session) newKeeper(o fileOptions) (*retention.Keeper, error) {
	options := retention.Options{
		Dir:           o.dir,
		Timezone:      o.zone,
		KeepDays:      o.keep.days,
		KeepFiles:     o.keep.files,
		KeepBytes:     int64(o.keep.bytes),
		Compress:      compressions()[o.keep.compress],
		CompressAfter: o.keep.compressAfter,
		FileMode:      o.fileMode,
		DirMode:       o.dirMode,
		Logger:        s.log,
	}
	if options.IsIdle() {
		return nil, nil
	}
	return retention.New(options)
}

func compressions() map[string]retention.Compression {
	return map[string]retention.Compression{"none": retention.None, "gzip": retention.Gzip, "zstd": retention.Zstd}
}

// keepFiles removes and compresses files, until the function is called that it returns.
func (h *house) keepFiles(ctx context.Context) (stop func()) {
	if h.keeper == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var task sync.WaitGroup
	task.Go(func() { h.keeper.Run(ctx) })
	return func() {
		cancel()
		task.Wait()
	}
}
