// Package worker runs messenger:consume: it wires the packages that one consumer needs, and runs them.
//
// Model: [New] checks the options. [Worker.Run] then goes from top to bottom: it claims its consumer names, opens the files,
// connects, consumes until it is told to stop, and closes everything. The tasks of tasks.go, each a Run(ctx) error, run
// concurrently with the loop of package consumer; they are started and joined in one place.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"envelog/consumer"
	"envelog/internal/build"
	"envelog/internal/config"
	"envelog/internal/health"
	"envelog/internal/logdir"
	"envelog/internal/metrics"
	"envelog/internal/rejected"
	"envelog/internal/sink"
	"envelog/internal/statedir"
	"envelog/internal/stdout"
	"envelog/internal/transport/redis"
	"envelog/internal/vfs"
)

// Options are what a worker is made of.
type Options struct {
	config.Worker
	Log         *slog.Logger
	Notify      func(c chan<- os.Signal, signals ...os.Signal) // as os/signal.Notify
	Stdout      io.Writer                                      // takes the lines when they go there
	Reload      func() (Reloaded, error)                       // reads the settings again, at SIGHUP; nil: they stay as they are
	SetLogLevel func(name string)                              // changes the level of Log; "" for that of the command line
	Ready       func(page string)                              // is called when all transports are connected, with a sentence on the page, "" for none; may be nil
}

// Worker is one consumer of one or more transports.
type Worker struct {
	Options
	pipelines []*consumer.Pipeline // of the transports
	places    []place              // of the transports

	state     *statedir.Dir
	names     []*statedir.Consumer // of the transports
	monitor   *health.Monitor
	metrics   *metrics.Worker // nil: nobody wants to know
	page      string          // where it is and what it asks for, a sentence; "" for no page
	lines     lineSink
	sink      *sink.Sink // lines, when they go to files; else nil
	rejects   *rejected.Keeper
	retention *retentionTask
	sources   []consumer.Source
	summaries []task // of the failures of the transports
	consumer  *consumer.Consumer
	memory    redis.Memory   // of the batches of all streams
	closers   []func() error // of what is open, in the order in which it was opened

	stopping chan struct{} // closed when no more is read
	phase    atomic.Value  // what the run is at, a string as of waitingFor
}

// New returns a worker, and opens nothing. Its error tells everything that is wrong with DSNs, format and mapping.
func New(o Options) (w *Worker, err error) {
	w = &Worker{Options: o, stopping: make(chan struct{})}
	if w.places, err = newPlaces(o.Catalogue, o.Transports); err != nil {
		return nil, err
	}
	for i, t := range o.Transports {
		p, err := NewPipeline(o.Lines, w.places[i].serializer(), t.Messages(), w.Log)
		if err != nil {
			return nil, err
		}
		w.pipelines = append(w.pipelines, p)
	}
	return w, nil
}

// endTimeout is how long the end of a run may take, from the moment at which no more is read: what is in flight has
// consumer.DefaultStopTimeout of it. docker stop kills after 10 s.
const endTimeout = consumer.DefaultStopTimeout + time.Second

// Run consumes until ctx is cancelled, a limit is reached or messenger:stop-workers is run, and then returns nil. A worker
// runs once. When a disk does not answer, which nothing can interrupt, Run returns all the same, at most endTimeout after
// the stop, with an error; the process is to end then. What is not acknowledged is handed out again, as after a kill.
func (w *Worker) Run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- w.runAndClose(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	case <-w.stopping:
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(endTimeout):
		return fmt.Errorf("the worker still waited %v after the stop %s, and ends without it; what is not acknowledged is handed out again", endTimeout, w.waitingFor())
	}
}

func (w *Worker) runAndClose(ctx context.Context) error {
	err := w.run(ctx)
	if ctx.Err() != nil && w.consumer == nil {
		err = nil // stopped while waiting for a server that starts
	}
	w.phase.Store("to close the log files and the connections")
	return errors.Join(err, w.close())
}

// waitingFor says what the end of the run waits for, as the end of a sentence.
func (w *Worker) waitingFor() string {
	phase, _ := w.phase.Load().(string)
	return cmp.Or(phase, "to start")
}

func (w *Worker) run(ctx context.Context) (err error) {
	if why := w.Lines.Unreadable(); why != "" {
		w.Log.Warn("Alloy and Promtail cannot read these lines for Loki with the configuration that comes with envelog: " + why +
			". Leave --date-format and the options of the line out, or adapt the agent's stages.")
	}
	if err := logdir.Make(vfs.OS, w.Files.Dir, w.Files.DirMode); err != nil {
		return err
	}
	if w.state, err = statedir.Open(vfs.OS, w.Files.Dir, cmp.Or(w.Files.DirMode, logdir.DefaultMode)); err != nil {
		return fmt.Errorf("open state directory in %q: %w", w.Files.Dir, logdir.Explain(w.Files.Dir, err))
	}
	w.closers = append(w.closers, w.state.Close)
	if err := w.claimNames(); err != nil {
		return err
	}
	w.monitor = health.NewMonitor(w.names[0].Name, build.Read().Version, w.Sleep)
	w.untilClosed(ctx, w.newNote())
	if err := w.openFiles(); err != nil {
		return err
	}
	observers, err := w.newObservers(ctx)
	if err != nil {
		return err
	}
	w.untilClosed(ctx, observers...)
	if err := w.connect(ctx); err != nil {
		return err
	}
	w.monitor.Joined()
	if w.consumer, err = w.newConsumer(); err != nil {
		return err
	}
	progress, err := w.newProgress()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(ctx, w.monitor.Stopping)
	beside := startTasks(ctx, stop, w.besideConsumer(ctx, stop, progress)...)
	if w.Ready != nil {
		w.Ready(w.page)
	}
	w.phase.Store("for the log directory to take the lines in flight")
	err = w.consumer.Run(ctx)
	w.phase.Store("for the removal and compression of log files to end")
	return errors.Join(err, beside.stop())
}

// claimNames gives every transport its consumer name: that of the setting, else the DSN's own, else the host's. This
// process then has each name for itself in the log directory.
func (w *Worker) claimNames() error {
	claimed := make(map[string]*statedir.Consumer) // by the wanted names
	for _, p := range w.places {
		wanted := cmp.Or(w.Consumer, p.consumer())
		named := wanted != ""
		if !named {
			host, err := os.Hostname()
			if err != nil {
				return fmt.Errorf("claim consumer name: %w (or name one with --consumer)", err)
			}
			wanted = host
		}
		if claimed[wanted] == nil {
			name, err := w.claimName(wanted)
			if err != nil {
				return err
			}
			if claimed[wanted] = name; named && name.Name != wanted {
				w.Log.Warn("Another process of this log directory uses the name of this consumer; this one takes another name.",
					"consumer", wanted, "name", name.Name)
			}
		}
		w.names = append(w.names, claimed[wanted])
	}
	return nil
}

// claimName claims one name. Where the file system has no locks, the name is the wanted one, and Redis alone keeps
// processes of one name apart.
func (w *Worker) claimName(wanted string) (*statedir.Consumer, error) {
	var name *statedir.Consumer
	err := vfs.Insist(func() (err error) {
		name, err = w.state.ClaimConsumer(wanted)
		return err
	})
	if errors.Is(err, vfs.ErrNoLocks) {
		w.Log.Warn("The log directory has no file locks: give each worker that shares it its own --consumer.", "path", w.Files.Dir)
		return &statedir.Consumer{Name: wanted}, nil
	}
	if err != nil {
		return nil, logdir.Explain(w.Files.Dir, err)
	}
	w.closers = append(w.closers, name.Close)
	return name, nil
}

// untilClosed runs tasks from now on, before the worker waits for a server that starts, until all is closed but its names.
func (w *Worker) untilClosed(ctx context.Context, some ...task) {
	w.closers = append(w.closers, startTasks(ctx, func() {}, some...).stop)
}

// besideConsumer returns what runs beside the consumer; stop is for messenger:stop-workers.
func (w *Worker) besideConsumer(ctx context.Context, stop func(), p *progress) []task {
	beside := append([]task{newHangup(w.Notify, w.hangUp), w.newStopWatch(ctx, stop), p}, w.summaries...)
	if w.sink != nil {
		beside = append(beside, &journalCleaning{w.sink, w.sources, w.Log}, w.retention)
	}
	return beside
}

// lineSink is what lines go to, and how much of it waits for a Commit.
type lineSink interface {
	consumer.Sink
	Staged() int
}

// openFiles opens what lines and rejected entries go to. The journal is called by the consumer name of the first
// transport.
func (w *Worker) openFiles() (err error) {
	if w.rejects, err = rejected.Open(w.Files.Dir, rejected.Options{
		MaxBytes: int64(w.Files.Rejected.Bytes), MaxCount: w.Files.Rejected.Messages, LogDirMode: w.Files.DirMode, //nolint:gosec // settings.Bytes is below the largest int64
	}); err != nil {
		return err
	}
	if w.Files.Stdout {
		w.lines = stdout.New(w.Stdout)
		return stdout.Check(w.Stdout)
	}
	options := SinkOptions(w.Files, w.Log)
	options.Journal, options.Sources = w.names[0].Name, journalSources(w.places)
	options.Synced = func(took time.Duration) {
		if w.metrics != nil {
			w.metrics.Synced(took)
		}
	}
	w.sink, err = sink.Open(options)
	if err != nil {
		return err
	}
	w.lines, w.closers = w.sink, append(w.closers, w.sink.Close)
	w.retention, err = newRetention(w.Files, w.Log)
	return err
}

// SinkOptions are those of a sink without a journal.
func SinkOptions(o config.Files, log *slog.Logger) sink.Options {
	return sink.Options{
		Dir:          o.Dir,
		FileMode:     o.FileMode,
		DirMode:      o.DirMode,
		Timezone:     o.Zone,
		MaxOpenFiles: o.MaxOpenFiles,
		MaxFiles:     o.MaxFiles,
		RotateSize:   int64(o.RotateSize),
		MinFree:      int64(o.Retention.MinFree),
		Sync:         syncModes()[o.Sync],
		Interval:     o.SyncInterval,
		Logger:       log,
	}
}

// journalSources returns what journals call the transports, by their order.
func journalSources(places []place) (sources []string) {
	for _, p := range places {
		sources = append(sources, p.journalSource())
	}
	return sources
}

func syncModes() map[string]sink.SyncMode {
	return map[string]sink.SyncMode{"batch": sink.SyncBatch, "interval": sink.SyncInterval, "never": sink.SyncNever}
}

// connect makes a source of every transport, and reaches its server. All of them are known to the metrics before the
// first server is waited for.
func (w *Worker) connect(ctx context.Context) error {
	var receivers []receiver
	for i, t := range w.Transports {
		receiver, err := w.receiver(w.places[i], w.names[i])
		if err != nil {
			return fmt.Errorf("transport %q: %w", t.Name, err)
		}
		source, err := w.newSource(i, t, receiver)
		if err != nil {
			return err
		}
		receivers, w.sources = append(receivers, receiver), append(w.sources, source)
	}
	for i, receiver := range receivers {
		if err := receiver.Connect(ctx); err != nil {
			return fmt.Errorf("transport %q: %w", w.Transports[i].Name, err)
		}
		w.closers = append(w.closers, receiver.Close)
	}
	return nil
}

func (w *Worker) newSource(index int, t config.Transport, r receiver) (source consumer.Source, err error) {
	w.monitor.WatchServer(w.places[index].waitingState(), r.Outage)
	source = consumer.Source{Name: t.Name, Receiver: watchedReceiver{r, w.monitor}, Pipeline: w.pipelines[index]}
	if source.Failures, err = w.newFailures(t, w.places[index], r); err != nil {
		return source, err
	}
	observer, err := w.observe(t, w.places[index], r)
	if observer != nil {
		source.Observer = observer
	}
	return source, err
}

func (w *Worker) newConsumer() (*consumer.Consumer, error) {
	return consumer.New(consumer.Config{
		Sources:      w.sources,
		Sink:         watchedSink{w.lines, w.monitor, w.metrics},
		Log:          w.Log,
		FetchSize:    w.FetchSize,
		Sleep:        w.Sleep,
		Keepalive:    cmp.Or(w.Keepalive, keepaliveFor(w.places)),
		Limit:        w.Limit,
		FailureLimit: w.FailureLimit,
		MemoryLimit:  w.MemoryLimit,
		TimeLimit:    w.TimeLimit,

		StopWhenEmpty: w.StopWhenEmpty,
		Stopping:      sync.OnceFunc(func() { close(w.stopping) }),
	})
}

// The pause between keepalives when nobody sets it: often enough that two may be lost before an entry counts as abandoned.
const (
	keepalivesInTime = 3
	leastKeepalive   = time.Second
	mostKeepalive    = time.Minute
)

func keepaliveFor(places []place) time.Duration {
	pause := mostKeepalive
	for _, p := range places {
		pause = min(pause, p.redeliverTimeout()/keepalivesInTime)
	}
	return max(pause, leastKeepalive)
}

// close closes what is open, the last one first.
func (w *Worker) close() (err error) {
	for _, closer := range slices.Backward(w.closers) {
		err = errors.Join(err, closer())
	}
	return err
}
