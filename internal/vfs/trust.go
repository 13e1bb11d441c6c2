package vfs

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// MustBeTrusted refuses a directory within a log directory into which others could put files, or out of which they could
// take some: one that everybody may write to, or a group that has nothing to do with this user and the log directory; or one
// of another owner than root, this user or that of the log directory, unless a group of this user may write to it. That group
// says nothing of a stranger who did not choose it: in a log directory with the set-group-ID bit, what everybody makes there has its
// group. The error goes on from the name of the directory.
func MustBeTrusted(path string, dir, logDir Info) error {
	switch {
	case dir.Mode&0o002 != 0:
		return fmt.Errorf("may be written to by everybody: chmod o-w %q", path)
	case dir.IsOfOurGroup() && !(dir.IsOfStranger(logDir) && logDir.Mode&fs.ModeSetgid != 0):
		return nil
	case !dir.IsOfTrusted(logDir):
		return fmt.Errorf("belongs to user %d, neither to this one nor to the owner of the log directory: look who made it, and remove it", dir.UID)
	case dir.Mode&0o020 != 0 && dir.GID != logDir.GID && dir.GID != 0:
		return fmt.Errorf("may be written to by group %d, which is neither one of this user nor that of the log directory: chmod g-w %q", dir.GID, path)
	}
	return nil
}

// IsOfTrusted reports whether a file or directory belongs to root, this user or the owner of the log directory.
func (i Info) IsOfTrusted(logDir Info) bool {
	return i.UID == 0 || i.UID == uint32(os.Geteuid()) || i.UID == logDir.UID //nolint:gosec // no user's number is negative
}

// IsOfStranger reports whether a file or directory in a log directory was made by somebody who has no business there: everybody
// may write to the log directory, and it belongs to none of those who would be trusted with it.
func (i Info) IsOfStranger(logDir Info) bool { return logDir.Mode&0o002 != 0 && !i.IsOfTrusted(logDir) }

// IsOfOurGroup reports whether a group of this user may write to a file or directory.
func (i Info) IsOfOurGroup() bool { return i.Mode&0o020 != 0 && isOurGroup(i.GID) }

// isOurGroup reports whether this process belongs to a group.
func isOurGroup(gid uint32) bool {
	groups, _ := os.Getgroups()                                             // an error leaves the effective one
	return gid == uint32(os.Getegid()) || slices.Contains(groups, int(gid)) //nolint:gosec // as above
}
