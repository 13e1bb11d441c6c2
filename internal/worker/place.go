package worker

import (
	"context"
	"errors"
	"time"

	"envelog/consumer"
	"envelog/decoder/phpredis"
	"envelog/internal/config"
	"envelog/internal/failure"
	"envelog/internal/health"
	"envelog/internal/statedir"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
	"envelog/transport"
)

// place is where a transport that is consumed keeps its messages: a stream of Redis, or a queue in a table.
type place struct {
	stream *redis.Config    // nil for a table
	table  *doctrine.Config // nil for a stream
}

// newPlaces reads all DSNs; its error tells everything that is wrong with them.
func newPlaces(c *config.Catalogue, transports []config.Transport) (places []place, err error) {
	for _, t := range transports {
		p, dsnErr := newPlace(c, t)
		err = errors.Join(err, dsnErr)
		places = append(places, p)
	}
	return places, err
}

func newPlace(c *config.Catalogue, t config.Transport) (p place, err error) {
	if doctrine.SupportsDSN(t.DSN) {
		table, err := c.Doctrine(t)
		return place{table: &table}, err
	}
	stream, err := t.Redis()
	return place{stream: &stream}, err
}

// consumer is the consumer name of the DSN, "" for none.
func (p place) consumer() string {
	if p.stream == nil {
		return ""
	}
	return p.stream.Consumer
}

// serializer is phpredis' for what is stored.
func (p place) serializer() phpredis.Serializer {
	if p.stream == nil {
		return phpredis.None
	}
	return p.stream.Serializer
}

// waitingState is how a worker is that waits for the server of the place.
func (p place) waitingState() string {
	if p.stream == nil {
		return health.Database
	}
	return health.Redis
}

// name is what rejected entries call the place.
func (p place) name() string {
	if p.stream == nil {
		return p.table.String()
	}
	return p.stream.Stream
}

// journalSource is what journals call the place.
func (p place) journalSource() string {
	if p.stream == nil {
		return p.table.JournalSource()
	}
	return p.stream.JournalSource()
}

func (p place) redeliverTimeout() time.Duration {
	if p.stream == nil {
		return p.table.RedeliverTimeout
	}
	return p.stream.RedeliverTimeout
}

// storage opens the place to look at it, on connections of its own.
func (p place) storage() (transport.Storage, error) {
	if p.stream != nil {
		return redis.NewStorage(*p.stream), nil
	}
	return doctrine.Open(*p.table)
}

// receiver hands out what is in a place, and brings what fails to where it belongs.
type receiver interface {
	consumer.Receiver
	consumer.Keepaliver
	consumer.Leaver
	consumer.Rejecter
	failure.Origin
	pender
	Connect(ctx context.Context) error
	Close() error
	// Waiting reports whether the server cannot be reached, and Outage why; "" when it can.
	Waiting() bool
	Outage() string
	// Reject removes an entry that was not handled.
	Reject(ctx context.Context, id []byte) error
}

// streamReceiver is the receiver of a stream; the configuration reads what an entry holds.
type streamReceiver struct {
	redis.Config
	*redis.Receiver
}

// receiver returns the receiver of a consumer; it connects to nothing.
func (w *Worker) receiver(p place, name *statedir.Consumer) (receiver, error) {
	if p.stream != nil {
		c := *p.stream
		c.Consumer = name.Name
		return streamReceiver{c, redis.NewReceiver(c, redis.Options{
			Log: w.Log, Owner: name.Token, MaxMessage: w.Lines.Limits.MaxBytes, Memory: &w.memory, Patience: w.WaitForServer,
		})}, nil
	}
	t, err := doctrine.Open(*p.table)
	if err != nil {
		return nil, err
	}
	w.closers = append(w.closers, t.Close) // also when it never connects
	return doctrine.NewReceiver(t, w.WaitForServer, w.Lines.Limits.MaxBytes, w.Log), nil
}
