package retention

import (
	"context"
	"fmt"
	"slices"
	"time"

	"envelog/internal/quantity"
)

// expireByDays removes the files of days that are over for too long.
func (k *Keeper) expireByDays(ctx context.Context, n *inventory) error {
	return k.removeAll(ctx, n, n.ofOldDays(k.options.KeepDays), "older than "+quantity.Count(k.options.KeepDays, "day", "days"))
}

// expireByFiles removes the oldest files of channels that have too many.
func (k *Keeper) expireByFiles(ctx context.Context, n *inventory) error {
	return k.removeAll(ctx, n, n.tooMany(k.options.KeepFiles), "more than "+quantity.Count(k.options.KeepFiles, "file", "files")+" of the channel")
}

// expireBySize removes the oldest files as long as all together are too large.
func (k *Keeper) expireBySize(ctx context.Context, n *inventory) error {
	return k.removeAll(ctx, n, n.tooLarge(k.options.KeepBytes), fmt.Sprintf("more than %d bytes of log files", k.options.KeepBytes))
}

// ofOldDays returns the files that are older than so many days, today included. It counts days of the calendar: those on
// which clocks change are days as all others.
func (n *inventory) ofOldDays(days int) (old []logFile) {
	if days == 0 {
		return nil
	}
	first := time.Date(n.now.Year(), n.now.Month(), n.now.Day()-days+1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	for _, f := range n.files {
		if f.name.Day < first && n.isClosed(f) {
			old = append(old, f)
		}
	}
	return old
}

// tooMany returns, of each channel with more files than that, the oldest ones that may go.
func (n *inventory) tooMany(files int) (surplus []logFile) {
	if files == 0 {
		return nil
	}
	count := make(map[string]int)
	for _, f := range slices.Backward(n.files) {
		count[f.name.Channel]++
		if count[f.name.Channel] > files && n.mayGo(f) {
			surplus = append(surplus, f)
		}
	}
	slices.Reverse(surplus)
	return surplus
}

// tooLarge returns the oldest files that may go, until the others have no more bytes than that.
func (n *inventory) tooLarge(bytes int64) (surplus []logFile) {
	if bytes == 0 {
		return nil
	}
	var total int64
	for _, f := range n.files {
		total += f.bytes()
	}
	for _, f := range n.files {
		if total <= bytes {
			break
		}
		if n.mayGo(f) {
			surplus = append(surplus, f)
			total -= f.bytes()
		}
	}
	return surplus
}

func (k *Keeper) removeAll(ctx context.Context, n *inventory, files []logFile, why string) error {
	return each(ctx, files, func(f logFile) error {
		err := k.remove(f)
		if err == nil {
			n.stale = true
			k.log.Info("Removed a log file.", "path", f.path, "bytes", f.info.Size, "reason", why)
		}
		return err
	})
}

// remove removes a file that is not in use.
func (k *Keeper) remove(f logFile) error {
	claimed, err := k.claim(f)
	if err != nil {
		return err
	}
	defer func() { _ = claimed.Close() }()
	return k.fs.Remove(f.path)
}
