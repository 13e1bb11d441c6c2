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
)

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
