package cli

import (
	"context"
	"runtime"
	"runtime/debug"
)

func versionCommand() command {
	return command{
		name:  "version",
		usage: "Display the version",
		help:  "The version of envelog, and of Go and the platform that it was built for.",
		run:   func(_ context.Context, in *input) error { in.printVersion(); return nil },
	}
}

func (i *invocation) printVersion() {
	i.Out.Printf("%s %s (%s %s/%s)\n", programName, version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// version returns the version of the module that was built: a tag, or what Go makes of the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development version"
	}
	return info.Main.Version
}
