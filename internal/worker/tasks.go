package worker

import (
	"context"
	"os"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// A task runs beside the consumer until ctx is cancelled, which happens when the consumer has finished what is in flight.
// A wanted stop returns nil; an error stops the worker. What the worker can do without is logged and no error.
type task interface {
	Run(ctx context.Context) error
}

// tasks are some that run and end together.
type tasks struct {
	cancel context.CancelFunc
	group  *errgroup.Group
}

// startTasks starts some tasks. They outlive ctx and end by stop, or when one of them fails, which calls failed.
func startTasks(ctx context.Context, failed func(), some ...task) *tasks {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range some {
		group.Go(func() error {
			err := one.Run(ctx)
			if err != nil {
				failed()
			}
			return err
		})
	}
	return &tasks{cancel, group}
}

// stop ends the tasks, waits for them, and returns the error of the first one that failed.
func (t *tasks) stop() error {
	t.cancel()
	return t.group.Wait()
}

// hangup obeys SIGHUP.
type hangup struct {
	arrived chan os.Signal
	obey    func(ctx context.Context)
}

func newHangup(notify func(c chan<- os.Signal, signals ...os.Signal), obey func(ctx context.Context)) hangup {
	h := hangup{make(chan os.Signal, 1), obey}
	notify(h.arrived, syscall.SIGHUP)
	return h
}

// Run implements task.
func (h hangup) Run(ctx context.Context) error {
	for {
		select {
		case <-h.arrived:
			h.obey(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}
