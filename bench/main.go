// Command bench measures envelog beside the PHP worker that it stands in for and beside the bare cost of draining the
// stream, all in one run on one machine, round after round in turn. It prints ratios: absolute figures drift by a
// factor of two on shared machines, ratios taken within a round do not.
//
//	go run ./bench -envelog bin/envelog
//
// Contenders, each a process of its own, each on a freshly filled stream of the same records:
//
//	php pinned          messenger:consume of an application, as teams run it; worker and Redis on one CPU, its best placement
//	php                 the same, placed by the kernel
//	php components      Symfony's Worker and Redis receiver with no application around them, pinned: the least PHP can do
//	php 8.1 fetch 100   Symfony 8.1 with --fetch-size=100 in a container, pinned; left out where its image is not there
//	drain               XREADGROUP, XACK, XDEL with the leanest client: no decoding, no files
//	envelog             messenger:consume with its defaults: every batch written and synced, then acknowledged
//	envelog --listen    the same, and it counts for /metrics
//	envelog --sync=...  the same with other modes of syncing
//
// Latency, other record sizes, processors and streams, slower syncs, the start, and decoding alone follow; -more=false and
// -lines=false leave them out. -image measures with the server of an image.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "drain" {
		exit(runDrain(os.Args[2:]))
	}
	var c config
	flag.StringVar(&c.envelog, "envelog", "bin/envelog", "the envelog binary")
	flag.StringVar(&c.suite, "suite", "trixie", "whose recordings to use")
	flag.IntVar(&c.rounds, "rounds", 5, "interleaved rounds")
	flag.IntVar(&c.messages, "messages", 400_000, "messages a round of the throughput for drain and envelog; the tables after it take half as many")
	flag.IntVar(&c.phpMessages, "php-messages", 8_000, "messages a round for PHP, which is slower")
	flag.IntVar(&c.records, "records", 400, "records of the latency of one contender")
	flag.StringVar(&c.image, "image", "", "an image with the server, such as redis:8.6; empty: the redis-server of this machine")
	flag.StringVar(&c.only, "only", "", "contenders to run, separated by commas; all of them when empty")
	flag.BoolVar(&c.more, "more", true, "also measure latency, record sizes, processors, streams, slower syncs and the start")
	flag.BoolVar(&c.lines, "lines", true, "also compare stored field to finished line, without Redis and files")
	flag.Parse()
	exit(run(c))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// runDrain is the drain contender, run as a process of its own so that its CPU time and memory can be read off.
func runDrain(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: bench drain ADDR STREAM GROUP COUNT")
	}
	count, err := strconv.Atoi(args[3])
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return drain(args[0], args[1], args[2], count)
}
