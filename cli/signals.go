package cli

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// obeySignals returns a context that ends at SIGTERM, SIGINT and SIGQUIT; a second one does nothing more, since the time
// for finishing what is in hand is bounded anyway. SIGHUP calls reopen. What is returned besides ends all that.
func (s *session) obeySignals(ctx context.Context, transports []string, reopen func()) (context.Context, func()) {
	signals := make(chan os.Signal, 4)
	s.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	var obeying sync.WaitGroup
	obeying.Go(func() {
		for {
			select {
			case signal := <-signals:
				s.obey(signal, transports, cancel, reopen)
			case <-ended:
				return
			}
		}
	})
	return ctx, func() { close(ended); cancel(); obeying.Wait() }
}

func (s *session) obey(signal os.Signal, transports []string, cancel, reopen func()) {
	if signal == syscall.SIGHUP {
		reopen()
		return
	}
	number, _ := signal.(syscall.Signal)
	s.log.Info(fmt.Sprintf("Received signal %d.", int(number)), "signal", int(number), "transport_names", transports)
	cancel()
}
