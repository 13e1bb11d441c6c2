//go:build integration

package statedir_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

func TestWhatStrangersPlantedIsRefused(t *testing.T) {
	filetest.MustBeRoot(t, "to give directories to other users")
	for _, tc := range []struct {
		name, want string
		plant      func(logDir, elsewhere string) error
	}{
		{"a directory of another group", "may be written to by group 54321", func(logDir, _ string) error {
			state := statedir.Path(logDir)
			return errors.Join(os.Mkdir(state, 0o700), os.Chown(state, -1, 54321), os.Chmod(state, 0o770))
		}},
		{"a directory of a stranger, of the group that it inherits", "belongs to user 54321", func(logDir, _ string) error {
			state := statedir.Path(logDir)
			return errors.Join(os.Chmod(logDir, 0o777|fs.ModeSetgid), os.Mkdir(state, 0o700), os.Chown(state, 54321, os.Getegid()), os.Chmod(state, 0o770))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { wantRefused(t, tc.plant, tc.want) })
	}
}

// TestWhoLooksIsNotLedElsewhere has a neighbour plant the directory that envelog health and doctor look into.
func TestWhoLooksIsNotLedElsewhere(t *testing.T) {
	filetest.MustBeRoot(t, "to give directories to other users")
	const neighbour, worker = 54321, 54322
	for _, tc := range []struct {
		name  string
		mode  fs.FileMode // of the log directory, which is root's
		plant func(state, elsewhere string) error
		want  string
	}{
		{"a link", 0o750, func(state, elsewhere string) error { return os.Symlink(elsewhere, state) }, "or a link"},
		{"of everybody", 0o750, func(state, _ string) error { return errors.Join(os.Mkdir(state, 0o700), os.Chmod(state, 0o777)) }, "by everybody"},
		{"of a neighbour where everybody may write", 0o777, func(state, _ string) error {
			return errors.Join(os.Mkdir(state, 0o700), os.Chown(state, neighbour, neighbour))
		}, "belongs to user 54321"},
		{"of a worker whose group may write", 0o770, func(state, _ string) error {
			return errors.Join(os.Mkdir(state, 0o700), os.Chown(state, worker, worker))
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			logDir := t.TempDir()
			if err := errors.Join(os.Chmod(logDir, tc.mode), tc.plant(statedir.Path(logDir), t.TempDir())); err != nil {
				t.Fatal(err)
			}
			d, err := statedir.Look(vfs.OS, logDir)
			if err == nil {
				d.Close()
			}
			if (err != nil) != (tc.want != "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}
