// Command envelog-manual writes envelog's pages of man(1) into a directory.
package main

import (
	"fmt"
	"os"

	"envelog/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: envelog-manual <directory>")
		os.Exit(2)
	}
	if err := cli.WriteManual(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "envelog-manual:", err)
		os.Exit(1)
	}
}
