package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// startUp measures from the start of the process to the first line, with the configuration of the example application, and prints
// the table.
func startUp(c config, s *server, field []byte) error {
	const runs = 15
	app, err := filepath.Abs("examples/symfony-app")
	if err != nil {
		return err
	}
	binary, err := filepath.Abs(c.envelog)
	if err != nil {
		return err
	}
	var took []float64
	for range runs {
		dir, err := os.MkdirTemp("", "envelog-bench-")
		if err != nil {
			return err
		}
		if err := s.fill([]string{stream}, [][]byte{field}, 1); err != nil {
			return err
		}
		files, err := watchDirectory(dir)
		if err != nil {
			return err
		}
		cmd := exec.Command(binary, "messenger:consume", "async_logging", "--limit=1", "--log-dir", dir, "-q")
		cmd.Dir = app
		cmd.Env = append(os.Environ(), fmt.Sprintf("LOG_TRANSPORT_DSN=redis://%s/%s/%s/bench", s.addr, stream, group),
			fmt.Sprintf("FAILED_TRANSPORT_DSN=redis://%s/failed", s.addr))
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			return err
		}
		grown, err := files.waitForGrowth()
		took = append(took, float64(grown.Sub(begin))/float64(time.Millisecond))
		err = errors.Join(err, cmd.Wait(), unix.Close(files.descriptor), os.RemoveAll(dir))
		if err != nil {
			return fmt.Errorf("start: %w\n%s", err, said.Bytes())
		}
	}
	q := spreadOf(took)
	fmt.Printf("\n### Start\n\nFrom the start of the process to the first line, with the configuration of examples/symfony-app: %.0f ms (%.0f to %.0f, %d runs).\n", q.median, q.min, q.max, runs)
	return nil
}
