package retention

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"envelog/internal/sink"
	"envelog/internal/vfs"
)

// logFile is a file of the log directory.
type logFile struct {
	name sink.FileName
	path string
	info vfs.Info
}

// inventory is what is in the log directory, and what day it is.
type inventory struct {
	files []logFile             // the oldest first: by day, channel and number
	last  map[sink.FileName]int // the highest number of each channel and day
	stale bool                  // a stage has changed something since
	now   time.Time             // in the zone in which days end
	today string                // YYYY-MM-DD
}

// lastZone is where a day ends last.
func lastZone() *time.Location { return time.FixedZone("UTC-12", -12*60*60) }

// take looks into the directory.
func (k *Keeper) take(now time.Time) (*inventory, error) {
	zone := k.options.Timezone
	if zone == nil {
		zone = lastZone()
	}
	now = now.In(zone)
	n := &inventory{
		last: make(map[sink.FileName]int), now: now, today: now.Format(time.DateOnly),
	}
	names, err := k.fs.ReadDir(k.options.Dir)
	if err != nil {
		return nil, fmt.Errorf("look for log files: %w", err)
	}
	for _, entry := range names {
		name, ok := sink.ParseFileName(entry)
		if !ok {
			continue
		}
		path := filepath.Join(k.options.Dir, entry)
		if info, err := k.fs.Lstat(path); err == nil && info.Mode.IsRegular() { // otherwise someone just removed it
			n.files = append(n.files, logFile{name, path, info})
		}
	}
	slices.SortFunc(n.files, func(a, b logFile) int { return byAge(a.name, b.name) })
	for _, f := range n.files {
		n.last[f.name.Series()] = f.name.Number
	}
	return n, nil
}

// byAge orders names by day, channel and number.
func byAge(a, b sink.FileName) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Packed, b.Packed))
}

// isClosed reports whether nobody can want to append to a file any more.
func (n *inventory) isClosed(f logFile) bool {
	if f.name.Packed != "" {
		return true
	}
	over := f.name.Day < n.today || f.name.Number > 0 && f.name.Number < n.last[f.name.Series()]
	return over && n.age(f) >= quiet
}

// mayGo reports whether a file may be removed: it is closed, or it is the first of a running day and has been followed by
// others.
func (n *inventory) mayGo(f logFile) bool {
	return n.isClosed(f) || f.name.Number < n.last[f.name.Series()] && n.age(f) >= quiet
}

// age returns how long nobody wrote to the file.
func (n *inventory) age(f logFile) time.Duration { return n.now.Sub(f.info.ModTime) }
