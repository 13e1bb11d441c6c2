// Package build has version, commit and date of this program, as set by a release or recorded by Go.
package build

import (
	"runtime"
	"runtime/debug"
)

// What `make release` and the Dockerfile set by -ldflags -X; "" where they do not.
var version, commit, date string

// Info is what was built.
type Info struct {
	Version string // a tag, or what Go makes of the commit, or "development version"
	Commit  string // its hash; "" when it is not known
	Date    string // of the commit, as 2026-11-30T10:00:00Z; "" when it is not known
	Go      string // the version of Go
}

// Read returns what was built.
func Read() Info {
	i := Info{Version: version, Commit: commit, Date: date, Go: runtime.Version()}
	known, ok := debug.ReadBuildInfo()
	if ok && i.Version == "" && known.Main.Version != "(devel)" {
		i.Version = known.Main.Version
	}
	if ok && i.Commit == "" {
		i.Commit, i.Date = setting(known, "vcs.revision"), setting(known, "vcs.time")
	}
	if i.Version == "" {
		i.Version = "development version"
	}
	return i
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
