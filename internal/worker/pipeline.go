package worker

import (
	"fmt"
	"log/slog"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/decoder/phpredis"
	"envelog/format"
	"envelog/internal/config"
	"envelog/internal/phpdate"
	"envelog/record"
	"envelog/transport"
)

// A Viewer makes lines of messages that a storage lists, with the errors that a worker has.
type Viewer struct {
	listed *consumer.Pipeline // of messages that the storage could read
	raw    *consumer.Pipeline // of the others, as they are in the stream
}

// NewViewer returns a Viewer of the messages of a transport.
func NewViewer(c *config.Catalogue, t config.Transport, l config.Lines, log *slog.Logger) (v Viewer, err error) {
	p, err := newPlace(c, t)
	if err != nil {
		return v, err
	}
	if v.listed, err = NewPipeline(l, phpredis.None, t.Messages(), log); err != nil {
		return v, err
	}
	v.raw, err = NewPipeline(l, p.serializer(), t.Messages(), log)
	return v, err
}

// Append is Append of a pipeline.
func (v Viewer) Append(dst []byte, m transport.Stored) ([]byte, *record.Record, error) {
	if m.Raw != nil {
		return v.raw.Append(dst, m.Raw)
	}
	return v.listed.Append(dst, m.Entry())
}

// NewPipeline returns what makes lines of the messages that belong on a transport, and were stored with that serializer of
// phpredis. It warns of time zones that are not known.
func NewPipeline(l config.Lines, s phpredis.Serializer, m config.Messages, log *slog.Logger) (*consumer.Pipeline, error) {
	formatter, err := format.New(l.Format, l.Formatter())
	if err != nil {
		return nil, fmt.Errorf("configure format: %w", err)
	}
	options := l.Decoder(s, m)
	options.UnknownZone = func(zone string) {
		log.Warn("A time zone is not known here: times of records in it are taken for UTC. Update envelog, or the time zones of this machine.",
			"zone", zone, "tz_database", phpdate.Version())
	}
	d, err := decoder.New(options)
	if err != nil {
		return nil, err
	}
	return &consumer.Pipeline{Decoder: d, Formatter: formatter}, nil
}
