package cli

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// stopOnSignals returns a context that ends at SIGTERM, SIGINT and SIGQUIT. A second one does nothing more, since the
// time for finishing what is in hand is bounded anyway. The function ends the context, and the watching.
func (s *session) stopOnSignals(ctx context.Context, transports []string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := s.watch(func(signal os.Signal) {
		number, _ := signal.(syscall.Signal)
		s.log.Info(fmt.Sprintf("Received signal %d.", int(number)), "signal", int(number), "transport_names", transports)
		cancel()
	}, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	return ctx, func() { stop(); cancel() }
}

// watch calls obey with each of these signals, until the function that it returns is called.
func (s *session) watch(obey func(os.Signal), signals ...os.Signal) (stop func()) {
	arrived := make(chan os.Signal, len(signals))
	s.Notify(arrived, signals...)
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case signal := <-arrived:
				obey(signal)
			case <-ended:
				return
			}
		}
	})
	return func() { close(ended); watching.Wait() }
}
