package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"strconv"
	"time"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// account is a user of this machine, whose name may be known elsewhere alone, as in a container.
type account struct {
	uid, gid int
	groups   []int // all, gid included
	name     string
}

func (a account) String() string {
	if a.name == "" {
		return fmt.Sprintf("user %d", a.uid)
	}
	return fmt.Sprintf("user %d (%s)", a.uid, a.name)
}

// workersUser returns the user whose workers write to the log directory: the owner of the health file that was written last,
// or of .envelog when there isn't one, or nobody else may look.
func workersUser(dir string) (a account, known bool) {
	state, err := statedir.Look(vfs.OS, dir)
	if errors.Is(err, fs.ErrPermission) { // its owner is known all the same
		info, err := vfs.OS.Lstat(statedir.Path(dir))
		return owner(info), err == nil && info.Mode.IsDir()
	}
	if err != nil {
		return account{}, false
	}
	defer func() { _ = state.Close() }()
	info, err := state.Stat(".")
	if err != nil {
		return account{}, false
	}
	names, _ := state.HealthFiles() // an error leaves the owner of the directory
	var latest time.Time
	for _, name := range names {
		if health, err := state.Lstat(name); err == nil && health.ModTime.After(latest) {
			info, latest = health, health.ModTime
		}
	}
	return owner(info), true
}

func owner(info vfs.Info) account {
	a := account{uid: int(info.UID), gid: int(info.GID), groups: []int{int(info.GID)}}
	known, err := user.LookupId(strconv.Itoa(a.uid))
	if err != nil {
		return a
	}
	a.name = known.Username
	a.gid, _ = strconv.Atoi(known.Gid) // a number on Unix
	a.groups = []int{a.gid}
	ids, _ := known.GroupIds() // an error leaves the first
	for _, id := range ids {
		if gid, err := strconv.Atoi(id); err == nil {
			a.groups = append(a.groups, gid)
		}
	}
	return a
}
