// Package early catches termination signals from the first milliseconds of the process. A worker that is stopped while it
// reads its settings, such as by a deployment that is rolled back, exits cleanly with code 0, as it would a second later. The
// package has few dependencies, so that Go initializes it before the packages that take time.
package early

import (
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Patience is how long signals are kept for who asks for them. A command that does not is ended by them afterwards.
const Patience = 2 * time.Second

// Signals are those that are caught. They are caught here, at the initialization, because main comes too late for that.
var Signals = Catch(syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)

// Caught holds signals until somebody asks for them.
type Caught struct {
	mu       sync.Mutex
	c        chan os.Signal
	released bool
}

// Catch begins to hold signals, until [Caught.Notify] or [Caught.Release].
func Catch(signals ...os.Signal) *Caught {
	e := &Caught{c: make(chan os.Signal, 8)}
	signal.Notify(e.c, signals...)
	return e
}

// Notify is os/signal.Notify. Who asks for SIGTERM gets what was held, and nothing is held any more.
func (e *Caught) Notify(c chan<- os.Signal, signals ...os.Signal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	signal.Notify(c, signals...)
	if e.released || !slices.Contains(signals, os.Signal(syscall.SIGTERM)) {
		return
	}
	for _, held := range e.stop() {
		if len(c) == 0 && slices.Contains(signals, held) {
			select {
			case c <- held:
			default:
			}
		}
	}
}

// Release lets signals do what they do by default, those that were held too.
func (e *Caught) Release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.released {
		return
	}
	for _, held := range e.stop() {
		_ = syscall.Kill(os.Getpid(), held.(syscall.Signal)) // a process may signal itself
	}
}

// stop ends the holding and returns what was held.
func (e *Caught) stop() (held []os.Signal) {
	e.released = true
	signal.Stop(e.c)
	for len(e.c) > 0 {
		held = append(held, <-e.c)
	}
	return held
}
