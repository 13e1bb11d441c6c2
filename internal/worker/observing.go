package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"envelog/internal/build"
	"envelog/internal/config"
	"envelog/internal/logdir"
	"envelog/internal/metrics"
	"envelog/internal/systemd"
	"envelog/internal/transport/redis"
	"envelog/internal/vfs"
	"envelog/internal/web"
	"envelog/transport"
)

// lately is how long ago a consumer has asked for messages that counts as one that runs.
const lately = time.Minute

// newObservers makes what looks at the worker from outside, and counts for that when somebody wants to know.
func (w *Worker) newObservers(ctx context.Context) (observers []task, err error) {
	observers = append(observers, systemd.Supervisor{Report: w.monitor.Report, Log: w.Log})
	pushes := metrics.WantsOTLP(os.Getenv)
	if w.Listen.Address == "" && !pushes {
		return observers, nil
	}
	w.metrics = w.newMetrics()
	if pushes {
		p, err := metrics.NewPusher(ctx, w.metrics.Gatherer(), os.Getenv, build.Read().Version, w.Log)
		if err != nil {
			return nil, err
		}
		observers = append(observers, p)
	}
	if w.Listen.Address != "" {
		s, err := w.newServer()
		if err != nil {
			return nil, err
		}
		observers = append(observers, s)
	}
	return observers, nil
}

func (w *Worker) newMetrics() *metrics.Worker {
	b := build.Read()
	return metrics.New(metrics.Options{
		Build: metrics.Build{Version: b.Version, Revision: b.Commit, GoVersion: b.Go},
		Paused: func(reason string) bool {
			if reason == metrics.PausedByRedis {
				_, _, waits := w.monitor.WaitsForServer()
				return waits
			}
			_, waits := w.monitor.WaitsForDisk()
			return waits
		},
		OpenFiles: func() int {
			if w.sink == nil {
				return 0
			}
			return w.sink.OpenFiles()
		},
		DiskFree: func() (uint64, error) {
			_, free, err := vfs.OS.Space(w.Files.Dir)
			return free, err
		},
	})
}

func (w *Worker) newServer() (*web.Server, error) {
	token, err := readToken(w.Listen)
	if err != nil {
		return nil, err
	}
	o := web.Options{
		Address: w.Listen.Address, Token: token, MetricsOnly: w.Listen.MetricsOnly, Write: w.Listen.Write,
		Health: w.monitor.Report, Metrics: w.metrics.Gatherer(), Log: w.Log,
	}
	if token == "" && !o.MetricsOnly {
		if o.PageToken, o.TokenPath, err = w.state.PageToken(w.Files.FileMode); err != nil {
			return nil, logdir.Explain(w.Files.Dir, err)
		}
	}
	if !o.MetricsOnly {
		if o.Pages, err = w.newPages(); err != nil {
			return nil, err
		}
	}
	s, err := web.Listen(o)
	switch {
	case errors.Is(err, web.ErrOpen):
		err = fmt.Errorf("%w: name a token with --listen-token-file, or serve metrics alone with --listen-metrics-only", err)
	case errors.Is(err, web.ErrAnyoneWrites):
		err = fmt.Errorf("%w: name a token with --listen-token-file, or take --listen-write away", err)
	}
	if err != nil {
		return nil, err
	}
	w.Log.Info("Metrics and health are served.", "address", s.Addr())
	if !o.MetricsOnly {
		w.page = "The page is http://" + s.Addr() + "/: any user, and as password the token in " + cmp.Or(o.TokenPath, w.Listen.TokenFile) + "."
		w.Log.Info(w.page)
	}
	return s, nil
}

// readToken reads the file of the token; "" when there isn't one. One that is empty would let everyone in.
func readToken(l config.Listen) (string, error) {
	if l.TokenFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(l.TokenFile)
	if err != nil {
		return "", fmt.Errorf("--listen-token-file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("--listen-token-file: %s is empty: everyone would have the token", l.TokenFile)
	}
	return token, nil
}

// observe returns the metrics of a transport; nil when nobody wants them.
func (w *Worker) observe(t config.Transport, p place, r receiver) (*metrics.Transport, error) {
	if w.metrics == nil {
		return nil, nil
	}
	ask, err := w.newQueue(t, p)
	if err != nil {
		return nil, err
	}
	received := func() metrics.Received {
		counted, ok := r.(interface{ Stats() redis.Stats })
		if !ok {
			return metrics.Received{}
		}
		s := counted.Stats()
		return metrics.Received{Acknowledged: s.Acked, Claimed: s.Claimed, Trimmed: s.Trimmed, Reconnects: s.Reconnects}
	}
	return w.metrics.Transport(t.Name, received, ask), nil
}

// newQueue returns what asks how the queue of a transport is, on connections of its own.
func (w *Worker) newQueue(t config.Transport, p place) (metrics.AskQueue, error) {
	storage, err := p.storage()
	if err != nil {
		return nil, err
	}
	w.closers = append(w.closers, storage.Close)
	var failed transport.Storage
	if t.FailureTransport != "" && t.FailureTransport != t.Name {
		if failed, err = w.Catalogue.Open(t.FailureTransport); err != nil {
			return nil, err
		}
		w.closers = append(w.closers, failed.Close)
	}
	return func(ctx context.Context) (q metrics.Queue, err error) {
		if q.Counts, err = storage.Count(ctx); err != nil {
			return q, err
		}
		if q.Consumers, err = running(ctx, storage); err != nil {
			return q, err
		}
		if failed != nil {
			counts, err := failed.Count(ctx)
			if err != nil {
				return q, err
			}
			q.Failed = counts.Waiting + counts.Pending + counts.Delayed
		}
		return q, nil
	}, nil
}

// running counts the consumers that run; in a table none is known by name.
func running(ctx context.Context, storage transport.Storage) (n int, err error) {
	stream, ok := storage.(*redis.Storage)
	if !ok {
		return 0, nil
	}
	consumers, err := stream.Consumers(ctx)
	for _, c := range consumers {
		if c.Idle < lately {
			n++
		}
	}
	return n, err
}
