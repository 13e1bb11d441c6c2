package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/record"
	"envelog/transport"
)

func options() Options {
	return Options{
		Build:     Build{Version: "1.2.3", Revision: "abc", GoVersion: "go1.26"},
		Paused:    func(string) bool { return false },
		OpenFiles: func() int { return 2 },
		DiskFree:  func() (uint64, error) { return 1 << 30, nil },
	}
}

func silent() Received { return Received{} }

func noQueue(context.Context) (Queue, error) { return Queue{}, nil }

// values returns all samples by "name{label=value,...}"; a histogram is its count.
func values(t testing.TB, w *Worker) map[string]float64 {
	t.Helper()
	families, err := w.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	samples := map[string]float64{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "envelog_") {
			continue
		}
		for _, m := range f.Metric {
			samples[f.GetName()+labels(m)] = value(m)
		}
	}
	return samples
}

func labels(m *dto.Metric) string {
	var pairs []string
	for _, l := range m.Label {
		pairs = append(pairs, l.GetName()+"="+l.GetValue())
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func value(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	}
	return float64(m.Histogram.GetSampleCount())
}

func TestEverySeriesOfATransportExistsFromTheStart(t *testing.T) {
	w := New(options())
	w.Transport("async", silent, noQueue)
	got := values(t, w)
	for _, series := range []string{
		"envelog_messages_received_total{transport=async}",
		"envelog_messages_written_total{channel=_overflow,level=warning,transport=async}",
		"envelog_messages_acknowledged_total{transport=async}",
		"envelog_messages_failed_total{reason=corrupt,transport=async}",
		"envelog_messages_retried_total{transport=async}",
		"envelog_messages_parked_total{transport=async}",
		"envelog_messages_rejected_total{reason=file,transport=async}",
		"envelog_messages_recognized_total{transport=async}",
		"envelog_messages_ignored_total{transport=async}",
		"envelog_messages_left_total{transport=async}",
		"envelog_entries_claimed_total{transport=async}",
		"envelog_entries_trimmed_total{transport=async}",
		"envelog_written_bytes_total{transport=async}",
		"envelog_redis_reconnects_total{transport=async}",
		"envelog_queue_messages{state=failed,transport=async}",
		"envelog_oldest_message_age_seconds{transport=async}",
		"envelog_consumers{transport=async}",
		"envelog_end_to_end_latency_seconds{transport=async}",
		"envelog_batch_messages{transport=async}",
		"envelog_commit_duration_seconds{}",
		"envelog_sync_duration_seconds{}",
		"envelog_paused{reason=redis}",
		"envelog_paused{reason=disk}",
		"envelog_last_commit_timestamp_seconds{}",
	} {
		if n, ok := got[series]; !ok || n != 0 {
			t.Errorf("%s is %v, there: %v", series, n, ok)
		}
	}
	for series, want := range map[string]float64{
		"envelog_open_files{}":                                            1,
		"envelog_disk_free_bytes{}":                                       1 << 30,
		"envelog_redis_up{transport=async}":                               1,
		"envelog_build_info{goversion=go1.26,revision=abc,version=1.2.3}": 1,
	} {
		if series == "envelog_open_files{}" {
			want = 2
		}
		if got[series] != want {
			t.Errorf("%s is %v, want %v", series, got[series], want)
		}
	}
}

func TestNamesAreAsPrometheusWantsThem(t *testing.T) {
	w := New(options())
	w.Transport("async", silent, noQueue)
	problems, err := testutil.GatherAndLint(w.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "envelog_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestMessagesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(options())
		a := w.Transport("async", func() Received { return Received{Acknowledged: 5, Claimed: 4, Trimmed: 3, Reconnects: 2} }, nil)
		arrived := uint64(time.Now().Add(-2 * time.Second).UnixMilli())
		lines := func(channel string, level record.Level, n int) consumer.Lines {
			return consumer.Lines{Arrived: arrived, Channel: []byte(channel), Level: level, Count: n, Bytes: 10 * n}
		}
		a.Received(6)
		a.Written([]consumer.Lines{lines("app", record.Error, 2), lines("db", record.Info, 1), lines("app", 123, 1)})
		a.Recognized(1)
		a.Ignored(2)
		a.Left(3)
		a.Failed(consumer.Failure{Err: decoder.ErrCorrupt}, consumer.Kept)
		a.Failed(consumer.Failure{Err: errors.New("permission denied"), Passing: true}, consumer.Retried)
		a.Failed(consumer.Failure{Err: fmt.Errorf("x: %w", io.ErrUnexpectedEOF)}, consumer.Parked)
		got := values(t, w)
		for series, n := range map[string]float64{
			"envelog_messages_received_total{transport=async}":                        6,
			"envelog_messages_written_total{channel=app,level=error,transport=async}": 2,
			"envelog_messages_written_total{channel=app,level=other,transport=async}": 1,
			"envelog_messages_written_total{channel=db,level=info,transport=async}":   1,
			"envelog_messages_written_total{channel=db,level=debug,transport=async}":  0,
			"envelog_written_bytes_total{transport=async}":                            40,
			"envelog_messages_recognized_total{transport=async}":                      1,
			"envelog_messages_ignored_total{transport=async}":                         2,
			"envelog_messages_left_total{transport=async}":                            3,
			"envelog_messages_failed_total{reason=corrupt,transport=async}":           1,
			"envelog_messages_failed_total{reason=file,transport=async}":              1,
			"envelog_messages_failed_total{reason=truncated,transport=async}":         1,
			"envelog_messages_rejected_total{reason=corrupt,transport=async}":         1,
			"envelog_messages_rejected_total{reason=file,transport=async}":            0,
			"envelog_messages_retried_total{transport=async}":                         1,
			"envelog_messages_parked_total{transport=async}":                          1,
			"envelog_messages_acknowledged_total{transport=async}":                    5,
			"envelog_entries_claimed_total{transport=async}":                          4,
			"envelog_entries_trimmed_total{transport=async}":                          3,
			"envelog_redis_reconnects_total{transport=async}":                         2,
			"envelog_end_to_end_latency_seconds{transport=async}":                     4,
			"envelog_batch_messages{transport=async}":                                 1,
		} {
			if got[series] != n {
				t.Errorf("%s is %v, want %v", series, got[series], n)
			}
		}
		h := histogramOf(t, w, "envelog_end_to_end_latency_seconds")
		if h.GetSampleSum() != 8 || h.Schema == nil || len(h.PositiveSpan) == 0 || len(h.Bucket) != len(latencyBounds) {
			t.Errorf("the latency is not both a native and a classic histogram of four times 2 s: %v", h)
		}
	})
}

func histogramOf(t *testing.T, w *Worker, name string) *dto.Histogram {
	t.Helper()
	families, err := w.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.Metric[0].Histogram
		}
	}
	t.Fatalf("%s is not there", name)
	return nil
}

func TestChannelsThatAreTooManyShareASeries(t *testing.T) {
	w := New(options())
	a := w.Transport("async", silent, nil)
	var lines []consumer.Lines
	for i := range MaxChannels + 7 {
		lines = append(lines, consumer.Lines{Channel: fmt.Appendf(nil, "channel-%d", i), Level: record.Info, Count: 1})
	}
	lines = append(lines,
		consumer.Lines{Channel: []byte(strings.Repeat("x", maxChannelBytes+1)), Level: record.Info, Count: 1},
		consumer.Lines{Channel: []byte("channel-0"), Level: record.Info, Count: 1})
	a.Written(lines)
	got := values(t, w)
	if n := got["envelog_messages_written_total{channel=_overflow,level=info,transport=async}"]; n != 8 {
		t.Errorf("overflow has %v lines, want 8", n)
	}
	if n := got["envelog_messages_written_total{channel=channel-0,level=info,transport=async}"]; n != 2 {
		t.Errorf("channel-0 has %v lines, want 2", n)
	}
}

func TestAChannelThatIsNoTextIsALabel(t *testing.T) {
	w := New(options())
	w.Transport("async", silent, nil).Written([]consumer.Lines{{Channel: []byte("a\xff"), Level: record.Info, Count: 1}})
	if n := values(t, w)["envelog_messages_written_total{channel=a\uFFFD,level=info,transport=async}"]; n != 1 {
		t.Errorf("it has %v lines", n)
	}
}

func TestQueuesAreAskedRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, answer, failure := 0, Queue{Counts: transport.Counts{Waiting: 7, Oldest: time.Now()}, Failed: 2, Consumers: 3}, error(nil)
		w := New(options())
		w.Transport("async", silent, func(context.Context) (Queue, error) { asked++; return answer, failure })
		want := func(times int, series map[string]float64) {
			t.Helper()
			got := map[string]float64{}
			for name, n := range values(t, w) {
				if _, ok := series[name]; ok {
					got[name] = n
				}
			}
			if diff := cmp.Diff(series, got); diff != "" || asked != times {
				t.Errorf("asked %d times, want %d (-want +got):\n%s", asked, times, diff)
			}
		}
		first := map[string]float64{
			"envelog_queue_messages{state=waiting,transport=async}": 7,
			"envelog_queue_messages{state=failed,transport=async}":  2,
			"envelog_consumers{transport=async}":                    3,
			"envelog_redis_up{transport=async}":                     1,
		}
		want(1, first)
		want(1, first)
		time.Sleep(QueueEvery)
		failure = errors.New("connection refused")
		want(2, map[string]float64{
			"envelog_queue_messages{state=waiting,transport=async}": 7,
			"envelog_oldest_message_age_seconds{transport=async}":   QueueEvery.Seconds(),
			"envelog_redis_up{transport=async}":                     0,
		})
	})
}

func TestAServerThatHangsIsWaitedForWithALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(options())
		w.Transport("async", silent, func(ctx context.Context) (Queue, error) { <-ctx.Done(); return Queue{}, ctx.Err() })
		began := time.Now()
		if up := values(t, w)["envelog_redis_up{transport=async}"]; up != 0 {
			t.Errorf("redis_up is %v", up)
		}
		if took := time.Since(began); took != QueueTimeout {
			t.Errorf("it took %v, want %v", took, QueueTimeout)
		}
	})
}

// BenchmarkWritten is told of a batch under load: some hundred messages arrive in one millisecond, in four channels.
func BenchmarkWritten(b *testing.B) {
	w := New(options())
	a := w.Transport("async", silent, nil)
	const each = 25
	var lines []consumer.Lines
	for i := range 40 {
		lines = append(lines, consumer.Lines{
			Arrived: uint64(time.Now().UnixMilli() + int64(i/4)), Channel: fmt.Appendf(nil, "channel-%d", i%4), Level: record.Info, Count: each, Bytes: each * 200,
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		a.Written(lines)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)*each), "ns/line")
}
