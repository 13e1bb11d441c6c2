package metrics

import (
	"fmt"
	"math"
	"sort"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
)

// latencies is the histogram of the latency, for each transport. A histogram of the library takes one value at a time,
// which costs more than 1% of a worker's throughput: here all messages of one millisecond are counted at once.
type latencies struct {
	mu  sync.Mutex
	all []*latency
}

var latencyDesc = desc("end_to_end_latency_seconds",
	"Time from the arrival of a message in Redis, by its id, until its line was written and acknowledged.", "transport")

func (l *latencies) add(transport string) *latency {
	one := newLatency(transport)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, one)
	return one
}

// Describe implements [prometheus.Collector].
func (l *latencies) Describe(ch chan<- *prometheus.Desc) { ch <- latencyDesc }

// Collect implements [prometheus.Collector].
func (l *latencies) Collect(ch chan<- prometheus.Metric) {
	l.mu.Lock()
	all := l.all
	l.mu.Unlock()
	for _, one := range all {
		m, err := one.metric()
		if err != nil {
			m = prometheus.NewInvalidMetric(latencyDesc, err)
		}
		ch <- m
	}
}

const (
	finest      = 3   // the schema of native buckets that grow by less than a tenth: 2^3 in each doubling
	mostBuckets = 100 // native ones; with more of them each two become one
)

// latency is the histogram of one transport, native and classic.
type latency struct {
	transport string
	created   time.Time

	mu      sync.Mutex
	count   uint64
	sumMS   uint64
	zeros   uint64
	classic []uint64      // by latencyBounds; the last one is beyond them
	schema  int32         // of native
	native  map[int]int64 // bucket i is for values above 2^((i-1)/2^schema), up to 2^(i/2^schema)
}

func newLatency(transport string) *latency {
	return &latency{
		transport: transport, created: time.Now(),
		classic: make([]uint64, len(latencyBounds)+1), schema: finest, native: map[int]int64{},
	}
}

// observe counts n messages that took that many milliseconds each.
func (l *latency) observe(ms int64, n int) {
	seconds := float64(ms) / 1000
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count += uint64(n)
	l.sumMS += uint64(ms) * uint64(n)
	l.classic[sort.SearchFloat64s(latencyBounds, seconds)] += uint64(n)
	if ms == 0 {
		l.zeros += uint64(n)
		return
	}
	l.native[int(math.Ceil(math.Ldexp(math.Log2(seconds), int(l.schema))))] += int64(n)
	for len(l.native) > mostBuckets {
		l.coarsen()
	}
}

// coarsen makes one native bucket of each two.
func (l *latency) coarsen() {
	merged := make(map[int]int64, len(l.native))
	for i, n := range l.native {
		merged[(i+1)>>1] += n
	}
	l.native, l.schema = merged, l.schema-1
}

// metric returns what was counted so far.
func (l *latency) metric() (prometheus.Metric, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	native, err := prometheus.NewConstNativeHistogram(latencyDesc, l.count, float64(l.sumMS)/1000, l.native, nil, l.zeros,
		l.schema, prometheus.DefNativeHistogramZeroThreshold, l.created, l.transport)
	if err != nil {
		return nil, fmt.Errorf("report latency: %w", err)
	}
	m := histogramMetric{Metric: native}
	upTo := uint64(0)
	for i, bound := range latencyBounds {
		upTo += l.classic[i]
		m.classic = append(m.classic, &dto.Bucket{UpperBound: proto.Float64(bound), CumulativeCount: proto.Uint64(upTo)})
	}
	return m, nil
}

// histogramMetric is a native histogram that has classic buckets too.
type histogramMetric struct {
	prometheus.Metric
	classic []*dto.Bucket
}

// Write implements [prometheus.Metric].
func (m histogramMetric) Write(out *dto.Metric) error {
	if err := m.Metric.Write(out); err != nil {
		return fmt.Errorf("report latency: %w", err)
	}
	out.Histogram.Bucket = m.classic
	return nil
}
