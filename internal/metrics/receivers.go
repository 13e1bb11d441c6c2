package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// receivers reports what the receivers of all transports count by themselves.
type receivers struct {
	mu    sync.Mutex
	names []string
	stats []func() Received
}

var (
	acknowledgedDesc = desc("messages_acknowledged_total", "Messages that Redis confirmed as acknowledged, whatever became of them.", "transport")
	claimedDesc      = desc("entries_claimed_total", "Entries that were claimed from other consumers.", "transport")
	trimmedDesc      = desc("entries_trimmed_total", "Pending entries that were trimmed or deleted on the stream before they could be read: their records are lost.", "transport")
	reconnectsDesc   = desc("redis_reconnects_total", "Connections to Redis after the first one.", "transport")
)

func (r *receivers) add(name string, stats func() Received) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names, r.stats = append(r.names, name), append(r.stats, stats)
}

// Describe implements [prometheus.Collector].
func (r *receivers) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{acknowledgedDesc, claimedDesc, trimmedDesc, reconnectsDesc} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (r *receivers) Collect(ch chan<- prometheus.Metric) {
	r.mu.Lock()
	names, stats := r.names, r.stats
	r.mu.Unlock()
	for i, name := range names {
		s := stats[i]()
		report := func(d *prometheus.Desc, n uint64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), name)
		}
		report(acknowledgedDesc, s.Acknowledged)
		report(claimedDesc, s.Claimed)
		report(trimmedDesc, s.Trimmed)
		report(reconnectsDesc, s.Reconnects)
	}
}
