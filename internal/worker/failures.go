package worker

import (
	"context"
	"fmt"

	"envelog/internal/config"
	"envelog/internal/failure"
	"envelog/internal/transport/redis"
	"envelog/transport"
)

// newFailures makes the room for what fails on one transport.
func (w *Worker) newFailures(t config.Transport, p place, r receiver) (*failure.Handler, error) {
	parking, err := w.parking(t, r)
	if err != nil {
		return nil, err
	}
	return failure.New(failure.Config{
		Transport: t.Name,
		Strategy:  t.Retry,
		Unknown:   w.Failures.Unknown,
		Version:   w.Failures.Version,
		Limits:    w.Lines.Limits,
		Signer:    w.Lines.Signer,
		Origin:    r,
		Parking:   parking,
		Target:    t.FailureTransport,
		Rejects:   w.rejects.Of(t.Name, p.name()),
		Say:       failure.Voice{Log: w.Log, Transport: t.Name, Summary: w.summary(), Again: Again(w.Said, t.FailureTransport)},
	}), nil
}

// summary returns what sums up the failures of a transport; it runs beside the consumer.
func (w *Worker) summary() *failure.Summary {
	s := failure.NewSummary(w.Log)
	w.summaries = append(w.summaries, s)
	return s
}

// parking opens the failure transport; nothing when there isn't one. On the server of the transport itself a message gets
// there in one step.
func (w *Worker) parking(t config.Transport, r receiver) (failure.Parking, error) {
	name, c := t.FailureTransport, w.Catalogue
	if name == "" || name == t.Name {
		return nil, nil
	}
	if err := c.CheckFailureTransport(t); err != nil {
		return nil, err
	}
	to, err := c.Transport(name)
	if err != nil {
		return nil, err
	}
	if from, ok := r.(streamReceiver); ok && redis.SupportsDSN(to.DSN) {
		config, err := to.Redis()
		if err != nil {
			return nil, err
		}
		if from.SameServer(config) {
			return nearby{from.Receiver, config}, nil
		}
	}
	storage, err := c.Open(name)
	if err != nil {
		return nil, fmt.Errorf("failure transport: %w", err)
	}
	w.closers = append(w.closers, storage.Close)
	return &failure.Elsewhere{Sender: storage, Reject: r.Reject}, nil
}

// nearby is a failure transport on the server of the transport.
type nearby struct {
	*redis.Receiver
	to redis.Config
}

// Park implements failure.Parking.
func (n nearby) Park(ctx context.Context, id []byte, m transport.Message) error {
	return n.Receiver.Park(ctx, id, m, n.to)
}
