package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"envelog/record"
)

const (
	// MaxChannels is how many channels of a transport have series of their own.
	MaxChannels = 100
	// OverflowChannel is the channel that further ones count for.
	OverflowChannel = "_overflow"

	maxChannelBytes = 128 // of a label; what is longer counts for the overflow
)

// channels has the counters of lines by channel and level; it belongs to one goroutine.
type channels struct {
	written  *prometheus.CounterVec // by channel and level
	known    map[string]*levels
	overflow *levels
}

// levels are the counters of one channel.
type levels struct {
	counters map[record.Level]prometheus.Counter
	other    prometheus.Counter // of levels that Monolog does not have
}

func newChannels(written *prometheus.CounterVec) *channels {
	c := &channels{written: written, known: map[string]*levels{}}
	c.overflow = c.series(OverflowChannel)
	return c
}

// series makes the counters of a channel, 0 for each level.
func (c *channels) series(channel string) *levels {
	l := &levels{counters: map[record.Level]prometheus.Counter{}, other: c.written.WithLabelValues(channel, "other")}
	for _, level := range []record.Level{
		record.Debug, record.Info, record.Notice, record.Warning, record.Error, record.Critical, record.Alert, record.Emergency,
	} {
		l.counters[level] = c.written.WithLabelValues(channel, strings.ToLower(level.String()))
	}
	return l
}

func (c *channels) counterOf(channel []byte, level record.Level) prometheus.Counter {
	l, ok := c.known[string(channel)]
	switch {
	case ok:
	case len(c.known) >= MaxChannels || len(channel) > maxChannelBytes:
		l = c.overflow
	default:
		// Two channels that differ in bytes that are no UTF-8 share their series: labels are text.
		l = c.series(strings.ToValidUTF8(string(channel), "\uFFFD"))
		c.known[string(channel)] = l
	}
	if counter, ok := l.counters[level]; ok {
		return counter
	}
	return l.other
}
