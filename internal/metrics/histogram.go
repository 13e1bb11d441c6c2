package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The bounds of the classic buckets. Beside them each histogram is a native one, whose buckets grow by a tenth.
var (
	durations     = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	latencyBounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600}
	sizes         = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000}
)

func histogramOpts(name, help string, classic []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: classic,
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}
}

func histogram(name, help string, classic []float64) prometheus.Histogram {
	return prometheus.NewHistogram(histogramOpts(name, help, classic))
}
