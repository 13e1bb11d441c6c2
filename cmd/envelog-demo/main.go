// Command envelog-demo shows what envelog does, without Redis or PHP. See package demo.
package main

import (
	"context"
	"os"
	"os/signal"

	"envelog/cli"
	"envelog/internal/demo"
)

func main() {
	os.Exit(cli.RunProgram(context.Background(), cli.Process{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Getenv:  os.Getenv,
		Environ: os.Environ,
		Notify:  signal.Notify,
	}, demo.Program()))
}
