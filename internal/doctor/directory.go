package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"envelog/internal/config"
	"envelog/internal/logdir"
	"envelog/internal/quantity"
	"envelog/internal/rejected"
	"envelog/internal/sink"
	"envelog/internal/sink/journal"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// Little room on a disk.
const (
	fewBytes  = 256 << 20
	fewInodes = 1000
)

// examineDirectory looks at where lines go. A directory that is not there is made by the worker: its parent counts.
func examineDirectory(found *Findings, files config.Files, said config.Invocation) {
	const check = "log directory"
	dir := files.Dir
	at, err := existing(dir)
	if err != nil {
		found.problem(check, err.Error(), "check --log-dir and the permissions")
		return
	}
	examineWriting(found, dir, at, files.FileMode, said)
	if wrong := files.StrayDir(); wrong != "" {
		found.warn(check, wrong, "give an absolute log-dir, or start the worker in the application's directory (WorkingDirectory= in a unit)")
	}
	examineNeighbours(found, dir, at)
	examineRoom(found, at, files.Retention.MinFree)
	examineJournal(found, files)
	examineRejected(found, dir, said)
}

// examineWriting writes to the directory as its workers do: with the rights of their user, when this one may take them. A
// refusal says nothing about a worker of another user.
func examineWriting(found *Findings, dir, at string, mode fs.FileMode, said config.Invocation) {
	me := account{uid: os.Geteuid(), gid: os.Getegid()}
	worker, known := workersUser(dir)
	if !known || worker.uid == me.uid {
		me.examineWriting(found, dir, at, mode)
		return
	}
	if worker.as(func() { worker.examineWriting(found, dir, at, mode) }) {
		return
	}
	var mine Findings
	me.examineWriting(&mine, dir, at, mode)
	f := mine[0] // the others have the same cause
	if f.Status == Problem {
		f.Status, f.Cure = Warning, asWorker(worker, said)+"; to start a worker as this user: "+f.Cure
	}
	*found = append(*found, f)
}

func asWorker(worker account, said config.Invocation) string {
	return fmt.Sprintf("that is another user than that of the worker: run envelog doctor as %s, such as by sudo -u '#%d' %s", worker, worker.uid, said.Command("doctor"))
}

// examineWriting writes to the directory as this user, who has these rights already.
func (a account) examineWriting(found *Findings, dir, at string, mode fs.FileMode) {
	const check = "log directory"
	wrong := len(*found)
	if err := tryWriting(vfs.OS, at, mode); err != nil {
		found.problem(check, err.Error(), a.cureForDisk(at, err))
	}
	for _, name := range []string{statedir.Name, rejected.DirName} { // may be file systems of their own
		path := filepath.Join(dir, name)
		if err := tryWritingWithin(path, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			found.problem(check, err.Error(), a.cureForDisk(path, err))
		}
	}
	a.examineFiles(found, dir)
	switch {
	case len(*found) > wrong:
	case a.uid != os.Geteuid():
		found.ok(check, "%s can be written to by %s, whose worker does", dir, a)
	default:
		found.ok(check, "%s can be written to", dir)
	}
}

// examineFiles looks for log files that cannot be appended to while others can: their records fail, one by one.
func (a account) examineFiles(found *Findings, dir string) {
	names, _ := vfs.OS.ReadDir(dir) // one that is not there has none, and what cannot be read was found already
	for _, name := range names {
		if n, ok := sink.ParseFileName(name); !ok || n.Packed != "" {
			continue
		}
		if err := mayAppend(filepath.Join(dir, name)); err != nil {
			found.problem("log directory", err.Error(), a.cureForFile(dir, err))
		}
	}
}

var errInTheWay = errors.New("it is in the way of a log file")

// mayAppend reports why a worker could not append to a log file that is there, and changes nothing. What is not a file is not
// opened: a device may do something when it is.
func mayAppend(path string) error {
	info, err := vfs.OS.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode.IsRegular() {
		return fmt.Errorf("%s: is %s: %w", path, kindOf(info.Mode), errInTheWay)
	}
	file, err := vfs.OS.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link, which is not followed"
	}
	return "not a file"
}

func (a account) cureForFile(dir string, err error) string {
	if errors.Is(err, errInTheWay) {
		return "look who made it, and rename it"
	}
	return a.cureForDisk(dir, err)
}

// examineNeighbours looks who else may write to the directory.
func examineNeighbours(found *Findings, dir, at string) {
	if state, err := statedir.Look(vfs.OS, dir); err == nil {
		_ = state.Close()
	} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		found.problem("log directory", err.Error(), "do so, and start the workers again")
	}
	if info, err := vfs.OS.Stat(at); err == nil && info.Mode&0o002 != 0 {
		found.warn("log directory", at+" may be written to by everybody: every user of this machine can make log files, which workers then write to, and read them",
			fmt.Sprintf("chmod o-w %q; where PHP and envelog are different users, give both a group, or an ACL (setfacl)", at))
	}
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
		found.warn(check, quantity.Bytes(uint64(max(free, 0)))+" are free", "make room: delete old logs, or enlarge the disk; a worker that runs waits until there is some, and loses nothing")
	default:
		found.ok(check, "%s are free", quantity.Bytes(uint64(max(free, 0))))
	}
	switch {
	case room.Files == 0: // some file systems do not count
	case room.Ffree < fewInodes:
		found.warn(check, quantity.Count(room.Ffree, "inode is free", "inodes are free")+", so that few files can be made", "delete small files, such as old sessions or caches")
	default:
		found.ok(check, "%s", quantity.Count(room.Ffree, "inode is free", "inodes are free"))
	}
}

// examineJournal looks whether there is room for a journal, without which no worker starts. One that is there is used again.
func examineJournal(found *Findings, files config.Files) {
	state, err := statedir.Look(vfs.OS, files.Dir)
	if err == nil {
		_ = state.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return // nobody knows what is in it
	}
	at, err := existing(statedir.Path(files.Dir)) // it may be a file system of its own
	if files.Stdout || err != nil || journal.Exists(vfs.OS, files.Dir) {
		return
	}
	var room unix.Statfs_t
	if err := unix.Statfs(at, &room); err != nil {
		return // examineRoom told
	}
	blocks := room.Bavail
	if os.Geteuid() == 0 { // what is set aside for root
		blocks = room.Bfree
	}
	if free := uint64(max(int64(blocks)*int64(room.Bsize), 0)); free < journal.DefaultBytes { //nolint:unconvert,gosec // types differ between systems; a count of blocks fits
		found.problem("log directory", fmt.Sprintf("%s are free in %s, and the journal of a worker takes %s: none can start", quantity.Bytes(free), at, quantity.Bytes(journal.DefaultBytes)),
			"make room: delete old logs, or enlarge the disk")
	}
}

func examineRejected(found *Findings, dir string, said config.Invocation) {
	kept, err := rejected.List(dir)
	if worker, known := workersUser(dir); known && worker.uid != os.Geteuid() && errors.Is(err, fs.ErrPermission) {
		found.warn("rejected messages", fmt.Sprintf("user %d may not look into %s", os.Geteuid(), filepath.Join(dir, rejected.DirName)), asWorker(worker, said))
		return
	}
	if err != nil {
		found.warn("rejected messages", err.Error(), said.Command("rejected:list")+" names each message that cannot be read")
	}
	if len(kept) == 0 {
		return
	}
	text := fmt.Sprintf("%s kept in %s", quantity.Count(len(kept), "message is", "messages are"), filepath.Join(dir, rejected.DirName))
	if reason := kept[len(kept)-1].Reason; reason != "" {
		text += ", the latest because: " + reason
	}
	found.warn("rejected messages", text, said.Command("rejected:list")+" tells why; when the cause is mended, this hands them in again: "+said.Command("rejected:retry", "--all"))
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
		if _, err := os.Lstat(path); err == nil { // a directory cannot be made there
			return "", fmt.Errorf("%s is a symbolic link to what is not there", path)
		}
		path = filepath.Dir(path)
	}
}

// tryWriting writes a file, with the permissions of log files, and removes it.
func tryWriting(fsys vfs.FS, dir string, mode fs.FileMode) error {
	path := filepath.Join(dir, fmt.Sprintf(".envelog-doctor-%d", os.Getpid()))
	file, err := fsys.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() { _ = fsys.Remove(path) }()
	_, err = file.WriteAt(make([]byte, 4096), 0)
	return errors.Join(vfs.SetMode(file, mode), err, file.Sync(), file.Close())
}

// tryWritingWithin is tryWriting for a directory in the log directory, which a link in its place does not lead elsewhere.
func tryWritingWithin(dir string, mode fs.FileMode) error {
	d, err := vfs.OS.Sub(dir)
	if err != nil {
		return err
	}
	return errors.Join(tryWriting(d, "", mode), d.Close())
}

func (a account) cureForDisk(dir string, err error) string {
	if refused, ok := errors.AsType[*vfs.ModeError](err); ok {
		return logdir.Modes(refused)
	}
	switch {
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return "look who made it, and remove it: a worker takes a directory alone, and no link to one"
	case errors.Is(err, unix.ENOSPC):
		return "the disk is full: delete old logs, or enlarge it; a worker that runs waits as long as there is no room, and loses nothing, but none can start"
	case errors.Is(err, unix.EDQUOT):
		return "the quota of the user is used up"
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("%s may not write there: %s", a, logdir.Rights(vfs.OS, dir, a.uid, a.gid))
	case errors.Is(err, unix.EROFS):
		return "the file system is read-only: mount a volume for the logs"
	}
	return "check the disk"
}
