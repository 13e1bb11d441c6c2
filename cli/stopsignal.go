package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"envelog/internal/transport/redis"
)

// stopSignalEvery is the pause between two looks for messenger:stop-workers.
const stopSignalEvery = time.Second

// stopSignal is a place where messenger:stop-workers leaves its mark. It returns what is there; a worker stops when that
// changes to anything but nothing.
type stopSignal func(ctx context.Context) (string, error)

// watchStopSignals calls stop once messenger:stop-workers was run, that of envelog or of PHP. What was there before does
// not count. The function that it returns ends the watching.
func (s *session) watchStopSignals(ctx context.Context, signals []stopSignal, stop func()) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	before := make([]*string, len(signals))
	changed(ctx, signals, before)
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(stopSignalEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if changed(ctx, signals, before) {
				s.log.Info("Worker stopped because a restart was requested.")
				stop()
				return
			}
		}
	})
	return func() { cancel(); watching.Wait() }
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

// obeyStopWorkers returns a context that ends once messenger:stop-workers was run. The function ends the watching.
func (s *session) obeyStopWorkers(ctx context.Context, configs []redis.Config, file string) (context.Context, func()) {
	var signals []stopSignal
	var storages []*redis.Storage
	for _, config := range configs {
		storage := redis.NewStorage(config)
		signals, storages = append(signals, storage.StopRequested), append(storages, storage)
	}
	patterns, err := s.restartSignalFiles(file)
	if err != nil {
		s.log.Info("PHP's messenger:stop-workers does not reach this worker; --restart-signal-file names the file of its signal.", "error", err)
	}
	for _, pattern := range patterns {
		signals = append(signals, func(context.Context) (string, error) { return readSignalFiles(pattern) })
	}
	ctx, cancel := context.WithCancel(ctx)
	end := s.watchStopSignals(ctx, signals, cancel)
	return ctx, func() {
		cancel()
		end()
		for _, storage := range storages {
			_ = storage.Close() // nothing was written
		}
	}
}

// restartSignalFiles returns where PHP's messenger:stop-workers leaves its mark: the file that is configured, or those
// that the pool cache.messenger.restart_workers_signal of the application has, as patterns. The pool's files lie below
// the share directory (7.4 and later; before, and by default, that is the cache directory) in a directory of the pool's
// namespace; their names are hashes of class and key that do not depend on the application (FilesystemCommonTrait, by
// MD5 in 5.4, by xxHash since). Without an application, and with a pool that is not one of files, there are none.
func (s *session) restartSignalFiles(file string) ([]string, error) {
	if file != "" {
		return []string{escapeGlob(file)}, nil
	}
	if s.application == nil {
		return nil, nil
	}
	var patterns []string
	for _, dirOf := range []func() (string, error){s.application.ShareDir, s.application.CacheDir} {
		dir, err := dirOf()
		if err != nil {
			return patterns, err
		}
		if dir == "" {
			continue
		}
		for _, name := range []string{"E/A/30cvnUWHXZIa5VxTuJ5w", "A/M/V6pPWr4LEqhSoqB6iyhQ"} {
			if pattern := filepath.Join(escapeGlob(dir), "pools/app/*", name); !slices.Contains(patterns, pattern) {
				patterns = append(patterns, pattern)
			}
		}
	}
	return patterns, nil
}

// escapeGlob returns a pattern that matches the path alone.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
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
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, most))
	return string(text), err
}
