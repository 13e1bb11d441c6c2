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
	var taken, later []string
	for _, name := range r.Changed {
		if slices.Contains(reloadable(), name) {
			taken = append(taken, name)
		} else {
			later = append(later, name)
		}
	}
	if err := w.takeOver(ctx, r, taken); err != nil {
		w.Log.Error(fmt.Sprintf("Settings that were read again cannot be applied; those from before stay in force: %v", err))
		return
	}
	if len(later) > 0 {
		w.Log.Warn("Settings have changed that need a restart: " + strings.Join(later, ", ") + ".")
	}
	if len(taken) > 0 {
		w.Log.Warn("Settings have changed, and are in force: " + strings.Join(taken, ", ") + ".")
	}
}

func (w *Worker) takeOver(ctx context.Context, r Reloaded, taken []string) error {
	if slices.Contains(taken, "log-level") && w.SetLogLevel != nil {
		w.SetLogLevel(r.Logging.Level)
	}
	isOfFiles := func(name string) bool { return name != "log-level" }
	if w.keeping == nil || !slices.ContainsFunc(taken, isOfFiles) {
		return nil
	}
	files := w.Files
	minFree := files.Retention.MinFree
	files.Retention = r.Files.Retention
	files.Retention.MinFree = minFree
	return w.keeping.change(ctx, files)
}
