package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"envelog/internal/config"
	"envelog/internal/filename"
	"envelog/internal/logdir"
	"envelog/internal/quantity"
	"envelog/internal/rejected"
	"envelog/internal/vfs"
)

// Little room on a disk.
const (
	fewBytes  = 256 << 20
	fewInodes = 1000
)

// examineDirectory looks at where lines go. A directory that is not there is made by the worker: its parent counts.
func examineDirectory(found *Findings, files config.Files) {
	const check = "log directory"
	dir := files.Dir
	at, err := existing(dir)
	if err != nil {
		found.problem(check, err.Error(), "check --log-dir and the permissions")
		return
	}
	if err := tryWriting(at); err != nil {
		found.problem(check, err.Error(), cureForDisk(dir, err))
	} else {
		found.ok(check, "%s can be written to", dir)
	}
	if wrong := files.StrayDir(); wrong != "" {
		found.warn(check, wrong, "give an absolute log-dir, or start the worker in the application's directory (WorkingDirectory= in a unit)")
	}
	examineFiles(found, dir)
	examineRoom(found, at, files.Retention.MinFree)
	examineRejected(found, dir)
}

// examineFiles looks for log files that cannot be appended to while others can: their records fail, one by one.
func examineFiles(found *Findings, dir string) {
	logs, _ := filepath.Glob(filepath.Join(filename.EscapeGlob(dir), "*.log")) // the pattern is a good one
	for _, path := range logs {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|unix.O_NONBLOCK, 0)
		if err != nil {
			found.problem("log directory", err.Error(), cureForFile(dir, err))
			continue
		}
		_ = file.Close() // nothing was written
	}
}

func cureForFile(dir string, err error) string {
	if errors.Is(err, unix.EISDIR) {
		return "it is in the way of a log file: rename it"
	}
	return cureForDisk(dir, err)
}

// examineRoom looks at what is free on the file system of the directory.
func examineRoom(found *Findings, dir string, minFree uint64) {
	const check = "log directory"
	var room unix.Statfs_t
	if err := unix.Statfs(dir, &room); err != nil {
		found.problem(check, fmt.Sprintf("ask for free space of %s: %v", dir, err), "")
		return
	}
	free := int64(room.Bavail) * int64(room.Bsize) //nolint:unconvert,gosec // types differ between systems; a count of blocks fits
	switch {
	case uint64(max(free, 0)) < minFree:
		found.problem(check, fmt.Sprintf("%s are free, and min-free is %s: a worker reads nothing", quantity.Bytes(uint64(max(free, 0))), quantity.Bytes(minFree)),
			"make room: delete old logs, or enlarge the disk; or lower min-free")
	case free < fewBytes:
		found.warn(check, quantity.Bytes(uint64(max(free, 0)))+" are free", "make room: delete old logs, or enlarge the disk; a worker waits as long as there is none, and loses nothing")
	default:
		found.ok(check, "%s are free", quantity.Bytes(uint64(max(free, 0))))
	}
	switch {
	case room.Files == 0: // some file systems do not count
	case room.Ffree < fewInodes:
		found.warn(check, fmt.Sprintf("%d inodes are free, so that few files can be made", room.Ffree), "delete small files, such as old sessions or caches")
	default:
		found.ok(check, "%d inodes are free", room.Ffree)
	}
}

func examineRejected(found *Findings, dir string) {
	kept, err := rejected.List(dir)
	if err != nil {
		found.warn("rejected messages", err.Error(), "envelog rejected:list names each message that cannot be read")
	}
	if len(kept) == 0 {
		return
	}
	text := fmt.Sprintf("%s kept in %s", quantity.Count(len(kept), "message is", "messages are"), filepath.Join(dir, rejected.DirName))
	if reason := kept[len(kept)-1].Reason; reason != "" {
		text += ", the latest because: " + reason
	}
	found.warn("rejected messages", text, "envelog rejected:list tells why; envelog rejected:retry hands them in again when the cause is mended")
}

// existing returns the directory, or the nearest one above it that is there.
func existing(dir string) (string, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		info, err := os.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("%s is no directory", path)
		case err == nil:
			return path, nil
		case !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path):
			return "", err
		}
		path = filepath.Dir(path)
	}
}

// tryWriting writes a file and removes it.
func tryWriting(dir string) error {
	file, err := os.CreateTemp(dir, ".envelog-doctor-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(make([]byte, 4096))
	return errors.Join(err, file.Sync(), file.Close())
}

func cureForDisk(dir string, err error) string {
	switch {
	case errors.Is(err, unix.ENOSPC):
		return "the disk is full: delete old logs, or enlarge it; a worker waits as long as there is no room, and loses nothing"
	case errors.Is(err, unix.EDQUOT):
		return "the quota of the user is used up"
	case errors.Is(err, fs.ErrPermission):
		return "the user of the worker may not write there: " + logdir.Rights(vfs.OS, dir)
	case errors.Is(err, unix.EROFS):
		return "the file system is read-only: mount a volume for the logs"
	}
	return "check the disk"
}
