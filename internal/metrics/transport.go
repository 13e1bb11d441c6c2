package metrics

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"envelog/consumer"
)

// Received is what a receiver counts by itself. See redis.Stats for the meaning of the fields.
type Received struct {
	Acknowledged, Claimed, Trimmed, Reconnects uint64
}

// transportVectors are the metrics that each transport has.
type transportVectors struct {
	received, retried, parked, recognized, ignored, left, bytes *prometheus.CounterVec
	written, failed, rejected                                   *prometheus.CounterVec
	batches                                                     *prometheus.HistogramVec

	latencies latencies
	receivers receivers
}

func newTransportVectors() *transportVectors {
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		opts := prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}
		return prometheus.NewCounterVec(opts, append([]string{"transport"}, more...))
	}
	distribution := func(name, help string, classic []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(histogramOpts(name, help, classic), []string{"transport"})
	}
	return &transportVectors{
		received:   counter("messages_received_total", "Messages that were read, those that came again included."),
		written:    counter("messages_written_total", "Messages whose line was written and that were acknowledged, by channel and level of the record.", "channel", "level"),
		failed:     counter("messages_failed_total", "Attempts to handle a message that failed, by reason.", "reason"),
		retried:    counter("messages_retried_total", "Messages that failed and were sent again, to be retried later."),
		parked:     counter("messages_parked_total", "Messages that failed and were sent to the failure transport."),
		rejected:   counter("messages_rejected_total", "Messages that failed and were kept below .rejected, by reason.", "reason"),
		recognized: counter("messages_recognized_total", "Messages that came again and whose line had been written before; it was not written again."),
		ignored:    counter("messages_ignored_total", "Messages that are not for this worker and were acknowledged (unknown: ignore)."),
		left:       counter("messages_left_total", "Messages that were left pending, for a later try or for another worker."),
		bytes:      counter("written_bytes_total", "Bytes of the lines that were written."),
		batches:    distribution("batch_messages", "Messages that one read brought.", sizes),
	}
}

func (v *transportVectors) all() []prometheus.Collector {
	return []prometheus.Collector{
		v.received, v.written, v.failed, v.retried, v.parked, v.rejected, v.recognized, v.ignored, v.left, v.bytes,
		v.batches, &v.latencies, &v.receivers,
	}
}

// Describe implements [prometheus.Collector].
func (v *transportVectors) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range v.all() {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (v *transportVectors) Collect(ch chan<- prometheus.Metric) {
	for _, c := range v.all() {
		c.Collect(ch)
	}
}

// Transport returns the metrics of one transport, all of them 0. Each name is asked for once. What a receiver counts by
// itself is read from stats whenever somebody asks; ask, when it is not nil, says how its queue is.
func (w *Worker) Transport(name string, stats func() Received, ask AskQueue) *Transport {
	v := w.transports
	v.receivers.add(name, stats)
	w.queues.add(name, ask)
	t := &Transport{
		received: v.received.WithLabelValues(name), retried: v.retried.WithLabelValues(name),
		parked: v.parked.WithLabelValues(name), recognized: v.recognized.WithLabelValues(name),
		ignored: v.ignored.WithLabelValues(name), left: v.left.WithLabelValues(name), bytes: v.bytes.WithLabelValues(name),
		failed: map[string]prometheus.Counter{}, rejected: map[string]prometheus.Counter{},
		latency: v.latencies.add(name), batches: v.batches.WithLabelValues(name),
		channels: newChannels(v.written.MustCurryWith(prometheus.Labels{"transport": name})),
	}
	for _, reason := range reasons() {
		t.failed[reason] = v.failed.WithLabelValues(name, reason)
		t.rejected[reason] = v.rejected.WithLabelValues(name, reason)
	}
	return t
}

// Transport counts what becomes of the messages of one transport.
type Transport struct {
	received, retried, parked, recognized, ignored, left, bytes prometheus.Counter
	failed, rejected                                            map[string]prometheus.Counter // by reason; complete
	batches                                                     prometheus.Observer
	latency                                                     *latency
	channels                                                    *channels // of the writer
}

var _ consumer.Observer = (*Transport)(nil)

// Received implements [consumer.Observer].
func (t *Transport) Received(n int) {
	t.received.Add(float64(n))
	t.batches.Observe(float64(n))
}

// Written implements [consumer.Observer].
func (t *Transport) Written(lines []consumer.Lines) {
	now, total := time.Now().UnixMilli(), 0
	for i := range lines {
		l := &lines[i]
		total += l.Bytes
		t.channels.counterOf(l.Channel, l.Level).Add(float64(l.Count))
		if l.Arrived > 0 {
			t.latency.observe(max(now-int64(min(l.Arrived, math.MaxInt64)), 0), l.Count)
		}
	}
	t.bytes.Add(float64(total))
}

// Recognized implements [consumer.Observer].
func (t *Transport) Recognized(n int) { t.recognized.Add(float64(n)) }

// Ignored implements [consumer.Observer].
func (t *Transport) Ignored(n int) { t.ignored.Add(float64(n)) }

// Left implements [consumer.Observer].
func (t *Transport) Left(n int) { t.left.Add(float64(n)) }

// Failed implements [consumer.Observer].
func (t *Transport) Failed(f consumer.Failure, o consumer.Outcome) {
	reason := reasonOf(f)
	t.failed[reason].Inc()
	switch o {
	case consumer.Retried:
		t.retried.Inc()
	case consumer.Parked:
		t.parked.Inc()
	case consumer.Kept:
		t.rejected[reason].Inc()
	}
}
