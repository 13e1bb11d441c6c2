// Command envelog carries log messages from Symfony Messenger's Redis stream into files. See package cli.
package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"envelog/cli"
	"envelog/internal/early"
)

// frugal is the memory, in bytes, above which garbage is collected sooner than usual. A worker lives far below; some
// messages of many MiB would otherwise leave as much garbage again behind. GOMEMLIMIT says otherwise (see the package
// runtime).
const frugal = 192 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(frugal)
	}
	time.AfterFunc(early.Patience, early.Signals.Release)
	os.Exit(cli.Run(context.Background(), cli.Process{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Getenv:  os.Getenv,
		Environ: os.Environ,
		Notify:  early.Signals.Notify,
	}))
}
