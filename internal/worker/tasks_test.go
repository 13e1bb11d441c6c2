package worker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

type taskFunc func(ctx context.Context) error

func (f taskFunc) Run(ctx context.Context) error { return f(ctx) }

func TestTasksEndTogether(t *testing.T) {
	broken := errors.New("address already in use")
	waits := taskFunc(func(ctx context.Context) error { <-ctx.Done(); return nil })
	fails := taskFunc(func(context.Context) error { return broken })
	for _, tc := range []struct {
		name  string
		tasks []task
		want  error
	}{
		{"by stop", []task{waits, waits}, nil},
		{"when one fails", []task{waits, fails}, broken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stopped := false
				ctx, cancel := context.WithCancel(t.Context())
				cancel() // tasks go on until they are stopped
				running := startTasks(ctx, func() { stopped = true }, tc.tasks...)
				synctest.Wait()
				if stopped != (tc.want != nil) {
					t.Errorf("the worker was stopped: %v", stopped)
				}
				if err := running.stop(); !errors.Is(err, tc.want) {
					t.Errorf("%v, want %v", err, tc.want)
				}
			})
		})
	}
}
