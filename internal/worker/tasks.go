package worker

import (
	"context"
	"os"
	"sync"
	"syscall"
)

// A task runs beside the consumer until ctx is cancelled, which happens when the consumer has finished what is in hand.
// What goes wrong with it is in the log.
type task interface {
	Run(ctx context.Context)
}

// tasks are some that run and end together.
type tasks struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// startTasks starts some tasks. They outlive ctx, and end by stop.
func startTasks(ctx context.Context, some ...task) *tasks {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	t := &tasks{cancel: cancel}
	for _, one := range some {
		t.running.Go(func() { one.Run(ctx) })
	}
	return t
}

// stop ends the tasks and waits for them.
func (t *tasks) stop() {
	t.cancel()
	t.running.Wait()
}

// reopening opens the files again at SIGHUP, for logrotate.
type reopening struct {
	arrived chan os.Signal
	reopen  func()
}

func newReopening(notify func(c chan<- os.Signal, signals ...os.Signal), reopen func()) reopening {
	r := reopening{make(chan os.Signal, 1), reopen}
	notify(r.arrived, syscall.SIGHUP)
	return r
}

// Run implements task.
func (r reopening) Run(ctx context.Context) {
	for {
		select {
		case <-r.arrived:
			r.reopen()
		case <-ctx.Done():
			return
		}
	}
}
