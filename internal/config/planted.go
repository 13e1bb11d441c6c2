package config

import (
	"path/filepath"

	"envelog/internal/settings"
	"envelog/internal/usage"
	"envelog/internal/vfs"
)

// ofApplication are what the application of the current directory is read from, as patterns.
var ofApplication = []string{".env*", "composer.json", "config", "src", "vendor"}

// mustNotBePlanted refuses what is found in the current directory, without being asked for, and was put there by a stranger, as
// everybody may write to it: a log directory, or /tmp. It would say which servers are connected to, with what secrets of this
// user (%env(file:...)%), and where is written.
func mustNotBePlanted(patterns ...string) error {
	dir, err := vfs.OS.Stat(".")
	if err != nil || dir.Mode&0o002 == 0 {
		return err
	}
	for _, pattern := range patterns {
		names, _ := filepath.Glob(pattern) // the patterns are well-formed
		for _, name := range names {
			info, err := vfs.OS.Lstat(name)
			if err != nil || !info.IsOfStranger(dir) {
				continue
			}
			cure := "do without the application (--no-project), or name it with --project-dir"
			if name == settings.FileName {
				cure = "name it with --config"
			}
			return usage.Errorf(`%q is not read: user %d has put it into the current directory, which everybody may write to. Look who did, and remove it; else work in another directory, or %s.`, name, info.UID, cure)
		}
	}
	return nil
}
