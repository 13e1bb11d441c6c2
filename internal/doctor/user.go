package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"envelog/internal/statedir"
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
	state := statedir.Path(dir)
	info, err := os.Lstat(state)
	if err != nil || !info.IsDir() {
		return account{}, false
	}
	entries, _ := os.ReadDir(state) // an error leaves the owner of the directory
	var latest time.Time
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, "worker-") || filepath.Ext(name) != ".health" {
			continue
		}
		if health, err := e.Info(); err == nil && health.ModTime().After(latest) {
			info, latest = health, health.ModTime()
		}
	}
	return owner(info)
}

func owner(info fs.FileInfo) (account, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return account{}, false
	}
	a := account{uid: int(stat.Uid), gid: int(stat.Gid), groups: []int{int(stat.Gid)}}
	known, err := user.LookupId(strconv.Itoa(a.uid))
	if err != nil {
		return a, true
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
	return a, true
}
