package metrics

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

func written(t *testing.T, m prometheus.Metric) *dto.Histogram {
	t.Helper()
	var out dto.Metric
	if err := m.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Histogram
}

// TestTheLatencyIsTheHistogramOfTheLibrary counts the same values with the library, with buckets as coarse as ours became.
func TestTheLatencyIsTheHistogramOfTheLibrary(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values map[int64]int // how many messages took so many milliseconds
		schema int32
	}{
		{"nothing", nil, finest},
		{"bounds and their neighbours", map[int64]int{
			0: 3, 1: 2, 2: 1, 3: 1, 124: 1, 125: 5, 126: 1, 249: 1, 250: 1, 251: 1, 500: 7, 999: 1, 1000: 1, 1001: 1, 2000: 4, 8000: 1,
			3600_000: 1, 3600_001: 1,
		}, finest},
		{"milliseconds to years", func() map[int64]int {
			values := map[int64]int{}
			for ms := 1.0; ms < 1e12; ms *= 1.05 {
				values[int64(ms)] += int(ms)%3 + 1
			}
			return values
		}(), 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ours := newLatency("async")
			opts := histogramOpts("x", "x", latencyBounds)
			opts.NativeHistogramBucketFactor = 1.001 * math.Exp2(math.Exp2(float64(-tc.schema)))
			opts.NativeHistogramMaxBucketNumber = 0
			theirs := prometheus.NewHistogram(opts)
			for ms, n := range tc.values {
				ours.observe(ms, n)
				for range n {
					theirs.Observe(float64(ms) / 1000)
				}
			}
			got, err := ours.metric()
			if err != nil {
				t.Fatal(err)
			}
			ignored := cmpopts.IgnoreFields(dto.Histogram{}, "CreatedTimestamp")
			unexported := cmpopts.IgnoreUnexported(dto.Histogram{}, dto.Bucket{}, dto.BucketSpan{})
			if diff := cmp.Diff(written(t, theirs), written(t, got), ignored, unexported, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
				t.Errorf("beside the library's (-library +ours):\n%s", diff)
			}
		})
	}
}
