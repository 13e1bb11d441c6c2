package worker

import (
	"log/slog"

	"envelog/internal/config"
	"envelog/internal/sink/retention"
)

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
