package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// The reasons why a worker does not read.
const (
	PausedByRedis = "redis" // Redis is away
	PausedByDisk  = "disk"  // lines cannot be written
)

// Build is what was built.
type Build struct {
	Version, Revision, GoVersion string
}

// Options say what a Worker reports beside what it is told. A func may be called by several goroutines, and does not
// block.
type Options struct {
	Build     Build
	Paused    func(reason string) bool // of PausedByRedis and PausedByDisk
	OpenFiles func() int               // files with a descriptor
	DiskFree  func() (uint64, error)   // bytes that may still be written; an error leaves the gauge out
}

// Worker holds the metrics of this process. Its methods may be called by any goroutine.
type Worker struct {
	registry   *prometheus.Registry
	transports *transportVectors
	queues     *queues

	commits    prometheus.Histogram
	syncs      prometheus.Histogram
	lastCommit atomic.Int64 // nanoseconds since 1970; 0: none yet
}

const namespace = "envelog"

// New returns a Worker without transports. It starts nothing.
func New(o Options) *Worker {
	w := &Worker{
		registry:   prometheus.NewRegistry(),
		transports: newTransportVectors(),
		queues:     newQueues(),
		commits: histogram("commit_duration_seconds",
			"Time that one commit of a batch to the log files took, syncs included.", durations),
		syncs: histogram("sync_duration_seconds",
			"Time that forcing the files of one batch to disk took.", durations),
	}
	w.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		w.transports, w.queues, w.commits, w.syncs, buildInfo(o.Build),
		gauge("last_commit_timestamp_seconds", "Time of the last commit that wrote lines, in seconds since 1970; 0 before the first.", nil,
			func() float64 { return float64(w.lastCommit.Load()) / float64(time.Second) }),
		gauge("open_files", "Log files that are open.", nil, func() float64 { return float64(o.OpenFiles()) }),
		diskFree{o.DiskFree},
	)
	for _, reason := range []string{PausedByRedis, PausedByDisk} {
		w.registry.MustRegister(gauge("paused", "1 while the worker does not read because of this, else 0.",
			prometheus.Labels{"reason": reason}, func() float64 { return truth(o.Paused(reason)) }))
	}
	return w
}

// Gatherer collects all metrics. It may take [QueueTimeout] while Redis is away.
func (w *Worker) Gatherer() prometheus.Gatherer { return w.registry }

// Committed says that a commit took that long; wrote reports whether lines were written, and all of them.
func (w *Worker) Committed(took time.Duration, wrote bool) {
	w.commits.Observe(took.Seconds())
	if wrote {
		w.lastCommit.Store(time.Now().UnixNano())
	}
}

// LastCommit is when lines were written last; zero for never.
func (w *Worker) LastCommit() time.Time {
	at := w.lastCommit.Load()
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}

// Synced says that forcing the files of a batch to disk took that long.
func (w *Worker) Synced(took time.Duration) { w.syncs.Observe(took.Seconds()) }

func gauge(name, help string, labels prometheus.Labels, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func buildInfo(b Build) prometheus.Collector {
	return gauge("build_info", "Always 1; the labels say what runs.",
		prometheus.Labels{"version": b.Version, "revision": b.Revision, "goversion": b.GoVersion}, func() float64 { return 1 })
}

// diskFree reports the room that is left, as long as the file system tells.
type diskFree struct {
	ask func() (uint64, error)
}

var diskFreeDesc = desc("disk_free_bytes", "Bytes that may still be written to the file system of the log directory.")

// Describe implements [prometheus.Collector].
func (d diskFree) Describe(ch chan<- *prometheus.Desc) { ch <- diskFreeDesc }

// Collect implements [prometheus.Collector].
func (d diskFree) Collect(ch chan<- prometheus.Metric) {
	if free, err := d.ask(); err == nil {
		ch <- prometheus.MustNewConstMetric(diskFreeDesc, prometheus.GaugeValue, float64(free))
	}
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}
