package worker

import (
	"fmt"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/format"
	"envelog/internal/config"
	"envelog/internal/phpredis"
)

// NewPipeline returns what makes lines of messages that were stored with that serializer of phpredis and have these
// classes, nothing for all.
func NewPipeline(l config.Lines, s phpredis.Serializer, classes []string) (*consumer.Pipeline, error) {
	formatter, err := format.New(l.Format, format.Options{LineFormat: l.LineFormat, DateFormat: l.DateFormat})
	if err != nil {
		return nil, fmt.Errorf("configure format: %w", err)
	}
	d, err := decoder.New(l.Decoder(s, classes))
	if err != nil {
		return nil, err
	}
	return &consumer.Pipeline{Decoder: d, Formatter: formatter}, nil
}
