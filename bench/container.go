package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// newestImage has the newest Symfony of Debian, and the PHP of the same day; compat/run.sh experimental makes it.
const newestImage = "envelog-compat:experimental"

// newestPHP returns the worker of the newest Symfony with its best fetch size, in a container that shares CPU 0 and the
// network with the server, and reports whether there is one.
func newestPHP(c config) (contender, bool) {
	if out, err := exec.Command("docker", "image", "inspect", newestImage).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: no contender with the newest Symfony: no image %s (compat/run.sh experimental makes it): %s\n",
			newestImage, bytes.TrimSpace(out[bytes.LastIndexByte(bytes.TrimSpace(out), '\n')+1:]))
		return contender{}, false
	}
	root, err := os.Getwd()
	if err != nil {
		return contender{}, false
	}
	command := func(s *server, dir string, messages int) *exec.Cmd {
		const script = "mkdir /tmp/cache && export CACHE_DIR=/tmp/cache && php bench/php/console.php list >/dev/null && : >\"$LOG_DIR/ready\" && read -r go && " +
			`exec php bench/php/console.php messenger:consume async_logging --sleep=1 --fetch-size=100 --limit="$1"`
		return exec.Command("docker", "run", "--rm", "--interactive", "--name", fmt.Sprintf("envelog-bench-%d", os.Getpid()),
			"--network", "host", "--cpuset-cpus", "0", "--volume", root+":"+root+":ro", "--volume", dir+":"+dir, "--workdir", root,
			"--env", "LOG_DIR="+dir, "--env", "MESSENGER_TRANSPORT_DSN="+phpDSN(s), newestImage, "sh", "-c", script, "sh", fmt.Sprint(messages))
	}
	return contender{name: "php 8.1 fetch 100", pinned: true, messages: c.phpMessages, command: command, writes: true, held: true}, true
}

// holdContainer gives the container of cmd, which is not started yet, an input. The function that it returns waits until the
// container has made the file ready in dir, writes the line that it waits for, and returns its process on this machine.
func holdContainer(cmd *exec.Cmd, dir string) (release func() (pid int, err error), err error) {
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	name := cmd.Args[5]
	return func() (int, error) {
		const patience = 30 * time.Second
		for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
				break
			}
			if time.Now().After(deadline) {
				return 0, fmt.Errorf("the container is not ready after %v", patience)
			}
		}
		out, err := exec.Command("docker", "inspect", "--format", "{{.State.Pid}}", name).Output()
		if err != nil {
			return 0, fmt.Errorf("find the process of %s: %w", name, err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil {
			return 0, fmt.Errorf("find the process of %s: %w", name, err)
		}
		_, err = io.WriteString(input, "\n")
		return pid, err
	}, nil
}
