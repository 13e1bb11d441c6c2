//go:build integration

package retention

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"envelog/internal/filetest"
)

// TestFilesOfStrangersPushOutNothing has somebody make newer files of a channel in a directory like /tmp, where he can remove
// none of ours.
func TestFilesOfStrangersPushOutNothing(t *testing.T) {
	filetest.MustBeRoot(t, "to give files to another user")
	for _, test := range []struct {
		name string
		mode os.FileMode
		want []string
	}{
		{"a directory like /tmp", 0o777 | os.ModeSticky, []string{"app-2026-11-21.log", "app-2026-11-23.log", "app-2026-11-24.log"}},
		{"a directory in which all remove all", 0o777, []string{"app-2026-11-23.log", "app-2026-11-24.log"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.Chmod(dir, test.mode))
			put(t, dir, "app-2026-11-21.log", "x\n", noon().AddDate(0, 0, -2))
			for _, name := range []string{"app-2026-11-23.log", "app-2026-11-24.log"} {
				put(t, dir, name, "x\n", noon().Add(-time.Hour))
				must(t, os.Chown(filepath.Join(dir, name), 54321, 54321))
			}
			pass(t, newKeeper(t, Options{Dir: dir, KeepFiles: 1, Timezone: time.UTC}), noon())
			wantNames(t, dir, test.want...)
		})
	}
}
