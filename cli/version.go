package cli

import (
	"context"
	"runtime"

	"envelog/internal/build"
	"envelog/internal/phpdate"
)

func versionCommand() command {
	return command{
		name:  "version",
		usage: "Display the version",
		help:  "The version of envelog, of Go and the platform that it was built for, of the time zones that it carries, and the commit with its date.",
		run:   func(_ context.Context, in *input) error { in.printVersion(); return nil },
	}
}

func (i *invocation) printVersion() {
	b := build.Read()
	i.Out.Printf("%s %s (%s %s/%s, time zones %s)\n", programName, b.Version, b.Go, runtime.GOOS, runtime.GOARCH, phpdate.EmbeddedVersion())
	if b.Commit != "" {
		i.Out.Printf("commit %s of %s\n", b.Commit, b.Date)
	}
}
