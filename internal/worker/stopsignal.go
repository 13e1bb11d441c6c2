package worker

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"envelog/internal/filename"
	"envelog/internal/transport/redis"
)

// stopSignalEvery is the pause between two looks for messenger:stop-workers.
const stopSignalEvery = time.Second

// stopSignal is a place where messenger:stop-workers leaves its mark. It returns what is there; a worker stops when that
// changes to anything but nothing.
type stopSignal func(ctx context.Context) (string, error)

// stopWatch stops the worker once messenger:stop-workers was run, that of envelog or of PHP. What was there before does
// not count.
type stopWatch struct {
	signals  []stopSignal
	before   []*string // what was there; nil: it could not be read
	storages []*redis.Storage
	stop     func()
	log      *slog.Logger
}

// newStopWatch looks at all signals for the first time.
func (w *Worker) newStopWatch(ctx context.Context, stop func()) *stopWatch {
	s := &stopWatch{stop: stop, log: w.Log}
	for _, p := range w.places {
		if p.stream == nil {
			continue
		}
		storage := redis.NewStorage(*p.stream)
		s.signals, s.storages = append(s.signals, storage.StopRequested), append(s.storages, storage)
	}
	patterns, err := w.restartSignalFiles()
	if err != nil {
		w.Log.Info("PHP's messenger:stop-workers does not reach this worker; --restart-signal-file names the file of its signal.", "error", err)
	}
	for _, pattern := range patterns {
		s.signals = append(s.signals, func(context.Context) (string, error) { return readSignalFiles(pattern) })
	}
	s.before = make([]*string, len(s.signals))
	changed(ctx, s.signals, s.before)
	return s
}

// Run implements task.
func (s *stopWatch) Run(ctx context.Context) error {
	defer s.close()
	tick := time.NewTicker(stopSignalEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if changed(ctx, s.signals, s.before) {
			s.log.Info("Worker stopped because a restart was requested.")
			s.stop()
			return nil
		}
	}
}

func (s *stopWatch) close() {
	for _, storage := range s.storages {
		_ = storage.Close() // nothing was written
	}
}

// changed looks at all signals, and remembers what it sees for the first time. One that cannot be read, as in an outage,
// is looked at again later.
func changed(ctx context.Context, signals []stopSignal, before []*string) bool {
	for i, signal := range signals {
		now, err := signal(ctx)
		switch {
		case err != nil:
		case before[i] == nil:
			before[i] = &now
		case now != *before[i] && now != "":
			return true
		}
	}
	return false
}

// restartSignalFiles returns where PHP's messenger:stop-workers leaves its mark: the file that is configured, or those
// that the pool cache.messenger.restart_workers_signal of the application has, as patterns. The pool's files lie below
// the share directory (7.4 and later; before, and by default, that is the cache directory) in a directory of the pool's
// namespace; their names are hashes of class and key that do not depend on the application (FilesystemCommonTrait, by
// MD5 in 5.4, by xxHash since). Without an application, and with a pool that is not one of files, there are none.
func (w *Worker) restartSignalFiles() ([]string, error) {
	if w.SignalFile != "" {
		return []string{filename.EscapeGlob(w.SignalFile)}, nil
	}
	application := w.Catalogue.Application()
	if application == nil {
		return nil, nil
	}
	var patterns []string
	for _, dirOf := range []func() (string, error){application.ShareDir, application.CacheDir} {
		dir, err := dirOf()
		if err != nil {
			return patterns, err
		}
		if dir == "" {
			continue
		}
		for _, name := range []string{"E/A/30cvnUWHXZIa5VxTuJ5w", "A/M/V6pPWr4LEqhSoqB6iyhQ"} {
			if pattern := filepath.Join(filename.EscapeGlob(dir), "pools/app/*", name); !slices.Contains(patterns, pattern) {
				patterns = append(patterns, pattern)
			}
		}
	}
	return patterns, nil
}

// readSignalFiles returns what the files hold that match: expiry, key and time.
func readSignalFiles(pattern string) (string, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	content := ""
	for _, path := range paths {
		text, err := readStart(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		content += text
	}
	return content, nil
}

// readStart returns as much of a file as a signal has.
func readStart(path string) (string, error) {
	const most = 1024
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO would block for ever
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(file, most))
	return string(text), err
}
