// Package proctest is what tests do with processes: they read what one prints while it runs, end it with the test, and play
// one themselves.
package proctest

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// Output is a buffer that can be read while a process writes to it.
type Output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends to the buffer.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns what was written so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Roles are the parts that a test binary plays when a test starts it again as another process: what it does, and its exit
// code.
type Roles map[string]func() int

// role is the environment variable that names the part.
const role = "ENVELOG_TEST_ROLE"

// Main is TestMain of a package whose tests start such processes: it plays the part that the environment names, or runs the
// tests.
func (r Roles) Main(m *testing.M, run func(*testing.M)) {
	if play := r[os.Getenv(role)]; play != nil {
		os.Exit(play())
	}
	run(m)
}

// Command starts the test binary as another process that plays a part. The arguments are os.Args[1:] there.
func Command(part string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), role+"="+part)
	return cmd
}
