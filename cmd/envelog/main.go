// Command envelog carries log messages from Symfony Messenger's Redis stream into files. See package cli.
package main

import (
	"context"
	"os"
	"os/signal"
	_ "time/tzdata" // the machine may have no time zones, as in an empty container

	"envelog/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), cli.Process{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Getenv:  os.Getenv,
		Environ: os.Environ,
		Notify:  signal.Notify,
	}))
}
