package retention

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
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

// A file of at least this size that has less than this share of it on the disk is hollow.
const hollowSize, hollowShare = 1 << 30, 100

// isHollow reports whether a file is nearly nothing but holes: no log is, even where the file system compresses. Whoever may
// write to the directory makes one of any size at no cost, and reading it takes hours.
func (f logFile) isHollow() bool {
	return f.info.Size >= hollowSize && f.info.Disk < f.info.Size/hollowShare
}

// bytes is what a file counts for: its size, or of a hollow one what it has on the disk.
func (f logFile) bytes() int64 {
	if f.isHollow() {
		return f.info.Disk
	}
	return f.info.Size
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
		info, err := k.fs.Lstat(path)
		if err == nil && info.Mode.IsRegular() && !k.isOfStranger(info) { // otherwise someone just removed it
			n.files = append(n.files, logFile{name, path, info})
		}
	}
	slices.SortFunc(n.files, func(a, b logFile) int { return byAge(a.name, b.name) })
	for _, f := range n.files {
		n.last[f.name.Series()] = f.name.Number
	}
	return n, nil
}

// isOfStranger reports whether a file was put by somebody without any business there into a directory like /tmp, in which
// all may create files and nobody removes those of others: such a file pushes out none of ours.
func (k *Keeper) isOfStranger(info vfs.Info) bool {
	if info.UID == 0 || info.UID == uint32(os.Geteuid()) { //nolint:gosec // no user's number is negative
		return false
	}
	dir, err := k.fs.Stat(k.options.Dir)
	return err == nil && dir.Mode&fs.ModeSticky != 0 && info.IsOfStranger(dir)
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
