//go:build integration

package rejected

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envelog/internal/filetest"
)

// TestADirectoryOfOthersIsRefused has a .rejected whose owner could remove what is kept there.
func TestADirectoryOfOthersIsRefused(t *testing.T) {
	filetest.MustBeRoot(t, "to give directories to other users")
	const neighbour, owner = 54321, 54322
	for _, tt := range []struct {
		name     string
		uid, gid int
		mode     fs.FileMode
		reason   string
	}{
		{"of a neighbour", neighbour, neighbour, 0o700, "belongs to user 54321"},
		{"of a neighbour, for its group", neighbour, neighbour, 0o770, "belongs to user 54321"},
		{"of a neighbour, for the group that it inherits", neighbour, 0, 0o770, "belongs to user 54321"},
		{"for everybody", 0, 0, 0o777, "may be written to by everybody"},
		{"of the owner of the log directory", owner, owner, 0o700, ""},
		{"of root", 0, 0, 0o700, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logDir := t.TempDir()
			filetest.Must(t, os.Chown(logDir, owner, 0), os.Chmod(logDir, 0o777|fs.ModeSticky|fs.ModeSetgid))
			path := filepath.Join(logDir, DirName)
			plant := func() {
				filetest.Must(t, os.RemoveAll(path), os.Mkdir(path, 0o700), os.Chown(path, tt.uid, tt.gid), os.Chmod(path, tt.mode))
			}
			plant()
			_, err := Open(logDir, Options{})
			if got := err != nil; got != (tt.reason != "") || got && !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("Open: %v, want %q", err, tt.reason)
			}
			if _, err := List(logDir); (err != nil) != (tt.reason != "") {
				t.Errorf("List: %v, want %q", err, tt.reason)
			}
			filetest.Must(t, os.RemoveAll(path))
			r := openKeeper(t, logDir, Options{})
			plant()
			if _, err = r.Keep(entry("1-0", "x"), nil); (err != nil) != (tt.reason != "") {
				t.Errorf("Keep in a directory that took the place: %v", err)
			}
		})
	}
}
