package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"envelog/transport"
)

const (
	// QueueEvery is the least time between two questions about the queues, whoever asks.
	QueueEvery = 5 * time.Second
	// QueueTimeout is how long one question may take.
	QueueTimeout = 2 * time.Second
)

// Queue is how the queue of a transport is.
type Queue struct {
	transport.Counts
	Failed    int // messages on its failure transport, whichever transport they failed on; 0 when there isn't one
	Consumers int // that were seen lately
}

// AskQueue finds out how a queue is, by asking the server.
type AskQueue func(context.Context) (Queue, error)

// queues asks about all queues, at most every QueueEvery, and reports the last answers.
type queues struct {
	now func() time.Time

	mu      sync.Mutex
	all     []*queue
	askedAt time.Time
}

// queue is the last answer about one transport.
type queue struct {
	name  string
	ask   AskQueue
	last  Queue
	known bool // there was an answer
	err   error
}

var (
	queueDesc     = desc("queue_messages", "Messages of the transport: waiting to be read, pending (read and not acknowledged), delayed, and failed (on its failure transport). The same from every worker: aggregate with max by (transport, state).", "transport", "state")
	oldestDesc    = desc("oldest_message_age_seconds", "Age of the oldest message that is waiting, pending or delayed; 0 when there is none. The same from every worker.", "transport")
	consumersDesc = desc("consumers", "Consumers of the group, PHP's included, that asked for messages within the last minute. The same from every worker.", "transport")
	upDesc        = desc("redis_up", "1 when the last question about the queue was answered, else 0: then the other gauges keep their last value.", "transport")
)

func newQueues() *queues { return &queues{now: time.Now} }

func (q *queues) add(name string, ask AskQueue) {
	if ask == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, &queue{name: name, ask: ask})
	q.askedAt = time.Time{}
}

// Describe implements [prometheus.Collector].
func (q *queues) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueDesc, oldestDesc, consumersDesc, upDesc} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (q *queues) Collect(ch chan<- prometheus.Metric) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.refresh()
	for _, one := range q.all {
		one.report(ch, q.now())
	}
}

// refresh asks about all queues at the same time, unless that was done a moment ago.
func (q *queues) refresh() {
	if now := q.now(); now.Sub(q.askedAt) < QueueEvery {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), QueueTimeout)
	defer cancel()
	var asking sync.WaitGroup
	for _, one := range q.all {
		asking.Go(func() { one.refresh(ctx) })
	}
	asking.Wait()
	q.askedAt = q.now()
}

func (q *queue) refresh(ctx context.Context) {
	answer, err := q.ask(ctx)
	if q.err = err; err == nil {
		q.last, q.known = answer, true
	}
}

func (q *queue) report(ch chan<- prometheus.Metric, now time.Time) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{q.name}, labels...)...)
	}
	gauge(upDesc, truth(q.err == nil))
	if !q.known {
		return
	}
	gauge(queueDesc, float64(q.last.Waiting), "waiting")
	gauge(queueDesc, float64(q.last.Pending), "pending")
	gauge(queueDesc, float64(q.last.Delayed), "delayed")
	gauge(queueDesc, float64(q.last.Failed), "failed")
	gauge(consumersDesc, float64(q.last.Consumers))
	age := 0.0
	if !q.last.Oldest.IsZero() {
		age = max(now.Sub(q.last.Oldest).Seconds(), 0)
	}
	gauge(oldestDesc, age)
}
