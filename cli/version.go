package cli

import (
	"runtime"
	"runtime/debug"

	urfave "github.com/urfave/cli/v2"
)

func (s *session) versionCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "version",
		Usage:       "Display the version",
		Description: "The version of envelog, and of Go and the platform that it was built for.",
		Action:      s.printVersion,
	}
}

func (s *session) printVersion(*urfave.Context) error {
	s.stdout.printf("%s %s (%s %s/%s)\n", programName, version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// version returns the version of the module that was built: a tag, or what Go makes of the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development version"
	}
	return info.Main.Version
}
