package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"envelog/internal/config"
)

// Reloaded is what the settings are when they were read again.
type Reloaded struct {
	config.Worker
	Changed []string // names of the settings that are not what they were when they were read last
}

// reloadable are the settings that a worker can apply while it runs: they say what becomes of files that are closed,
// and what is logged. What is said of messages and of open files stays as it is, so that no batch is half of one kind.
func reloadable() []string {
	return []string{"keep-days", "keep-files", "keep-bytes", "compress", "compress-after", "log-level"}
}

// hangUp opens the files again, and applies those settings that have changed and can be changed while it runs.
func (w *Worker) hangUp(ctx context.Context) {
	if w.sink != nil {
		w.sink.Reopen()
	}
	if w.Reload == nil {
		return
	}
	r, err := w.Reload()
	if err != nil {
		w.Log.Error(fmt.Sprintf("The settings cannot be read again; those from before stay in force: %v", err))
		return
	}
	var now, later []string
	for _, name := range r.Changed {
		if slices.Contains(reloadable(), name) {
			now = append(now, name)
		} else {
			later = append(later, name)
		}
	}
	if err := w.apply(ctx, r, now); err != nil {
		w.Log.Error(fmt.Sprintf("Settings that were read again cannot be applied; those from before stay in force: %v", err))
		return
	}
	if len(later) > 0 {
		w.Log.Warn("Settings have changed that need a restart: " + strings.Join(later, ", ") + ".")
	}
	if len(now) > 0 {
		w.Log.Warn("Settings have changed, and are in force: " + strings.Join(now, ", ") + ".")
	}
}

// apply applies the settings with these names.
func (w *Worker) apply(ctx context.Context, r Reloaded, names []string) error {
	if slices.Contains(names, "log-level") && w.SetLogLevel != nil {
		w.SetLogLevel(r.Logging.Level)
	}
	isOfFiles := func(name string) bool { return name != "log-level" }
	if w.retention == nil || !slices.ContainsFunc(names, isOfFiles) {
		return nil
	}
	files := w.Files
	minFree := files.Retention.MinFree
	files.Retention = r.Files.Retention
	files.Retention.MinFree = minFree
	return w.retention.change(ctx, files)
}
