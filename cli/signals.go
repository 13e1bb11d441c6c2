package cli

import (
	"context"
	"fmt"
	"os"
	"syscall"
)

// stopOnSignals returns a context that ends at SIGTERM, SIGINT and SIGQUIT. A second one does nothing more, since the
// time for finishing what is in flight is bounded anyway. The function ends the context, and the watching.
func (i *invocation) stopOnSignals(ctx context.Context, transports []string) (context.Context, func()) {
	arrived := make(chan os.Signal, 1)
	i.Notify(arrived, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	ctx, cancel := context.WithCancel(ctx)
	watching, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case signal := <-arrived:
				number, _ := signal.(syscall.Signal)
				i.Log.Info(fmt.Sprintf("Received signal %d.", int(number)), "signal", int(number), "transport_names", transports)
				cancel()
			case <-watching.Done():
				return
			}
		}
	}()
	return ctx, func() { cancel(); end(); <-ended }
}
