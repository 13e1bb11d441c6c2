package worker

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"envelog/decoder/phpredis"
	"envelog/internal/config"
	"envelog/internal/logdir"
	"envelog/internal/sink"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
	"envelog/transport"
)

// ErrNoLine is wrapped by the error of a Replay whose files cannot be written at all, whichever message is next.
var ErrNoLine = errors.New("no line can be written")

// Replay writes the lines of single messages that failed before, through the same journal as a worker: who is killed
// between the line and the removal of the message, and replays it again, finds it written. It is used by one goroutine.
type Replay struct {
	lines   config.Lines
	log     *slog.Logger
	sink    *sink.Sink
	closers []func() error
}

// OpenReplay opens the log directory for messages of these sources, which are named as in journals ([transport.Storage]).
func OpenReplay(lines config.Lines, files config.Files, log *slog.Logger, sources []string) (r *Replay, err error) {
	if _, err := NewPipeline(lines, phpredis.None, config.Messages{}, log); err != nil {
		return nil, err // before any message is asked about
	}
	r = &Replay{lines: lines, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if err := logdir.Make(vfs.OS, files.Dir, files.DirMode); err != nil {
		return nil, err
	}
	options := SinkOptions(files, log)
	if options.Journal, err = r.claimName(files); err != nil {
		return nil, err
	}
	options.Sources = sources
	if r.sink, err = sink.Open(options); err != nil {
		return nil, err
	}
	r.closers = append(r.closers, r.sink.Close)
	return r, nil
}

// claimName returns a name of this process, which no worker has, for its journal.
func (r *Replay) claimName(files config.Files) (string, error) {
	state, err := statedir.Open(vfs.OS, files.Dir, cmp.Or(files.DirMode, logdir.DefaultMode))
	if err != nil {
		return "", fmt.Errorf("claim a name for the journal: %w", err)
	}
	defer func() { _ = state.Close() }()
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("claim a name for the journal: %w", err)
	}
	var name *statedir.Consumer
	err = vfs.Insist(func() (err error) {
		name, err = state.ClaimConsumer("replay." + host)
		return err
	})
	if errors.Is(err, vfs.ErrNoLocks) {
		return "", nil // without locks there is no journal
	}
	if err != nil {
		return "", err
	}
	r.closers = append(r.closers, name.Close)
	return name.Name, nil
}

// Write writes the line of e, unless it was written before. The source is an index in those of OpenReplay; messages are
// those that belong on the transport where it failed. The error is about this message alone,
// unless it wraps ErrNoLine.
func (r *Replay) Write(source int, e *transport.Entry, serializer phpredis.Serializer, messages config.Messages) error {
	if r.sink.Written(source, e) {
		r.log.Info("The line of the message was written before.", "message_id", string(e.ID))
		return nil
	}
	pipeline, err := NewPipeline(r.lines, serializer, messages, r.log)
	if err != nil {
		return err
	}
	line, record, err := pipeline.Append(nil, e)
	if err != nil {
		return err
	}
	r.sink.Stage(source, e, record.Channel, record.Time, line)
	return r.commit(source, e)
}

func (r *Replay) commit(source int, e *transport.Entry) error {
	err := r.sink.Commit()
	if err == nil {
		return nil
	}
	if partly, ok := errors.AsType[*sink.CommitError](err); ok {
		if cause := partly.Alone(source, e.ID); cause != nil {
			r.sink.Drop()
			return cause
		}
		if partly.Held(source, e.ID) {
			return errors.New("another process has the message in flight")
		}
		if !partly.Unsaved(source, e.ID) {
			return nil
		}
	}
	return fmt.Errorf("%w: %w", ErrNoLine, err)
}

// Close closes the files.
func (r *Replay) Close() (err error) {
	for _, closer := range slices.Backward(r.closers) {
		err = errors.Join(err, closer())
	}
	return err
}
