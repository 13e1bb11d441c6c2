package metrics

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/proto"
)

// collecting is an OpenTelemetry collector that keeps the names it was sent.
type collecting struct {
	refuses atomic.Bool
	mu      sync.Mutex
	names   map[string]bool
	about   map[string]string
}

func (c *collecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.refuses.Load() {
		http.Error(w, "not now", http.StatusUnauthorized)
		return
	}
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, _ := gzip.NewReader(bytes.NewReader(body))
		body, _ = io.ReadAll(unzipped)
	}
	var request collector.ExportMetricsServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, from := range request.ResourceMetrics {
		for _, a := range from.Resource.Attributes {
			c.about[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range from.ScopeMetrics {
			for _, m := range scope.Metrics {
				c.names[m.Name] = true
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func TestMetricsArePushedByOTLP(t *testing.T) {
	c := &collecting{names: map[string]bool{}, about: map[string]string{}}
	server := httptest.NewServer(c)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	w := New(options())
	w.Transport("async", silent, noQueue)
	if !WantsOTLP(os.Getenv) {
		t.Fatal("an endpoint is named, and OTLP is not wanted")
	}
	p, err := NewPusher(t.Context(), w.Gatherer(), os.Getenv, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Run(ctx); err != nil { // sends what there is, once
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range []string{"envelog_messages_received_total", "envelog_queue_messages", "envelog_end_to_end_latency_seconds"} {
		if !c.names[name] {
			t.Errorf("%s was not sent; these were: %v", name, c.names)
		}
	}
	if c.about["service.name"] != "envelog" || c.about["service.version"] != "1.2.3" {
		t.Errorf("the sender is described as %v", c.about)
	}
}

// TestACollectorThatIsAwayIsToldOnce has it refuse what is sent every few milliseconds, and recover.
func TestACollectorThatIsAwayIsToldOnce(t *testing.T) {
	c := &collecting{names: map[string]bool{}, about: map[string]string{}}
	c.refuses.Store(true)
	refused := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.ServeHTTP(w, r)
		select {
		case refused <- struct{}{}:
		default:
		}
	}))
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", "5")
	said := &book{}
	p, err := NewPusher(t.Context(), New(options()).Gatherer(), os.Getenv, "1.2.3", slog.New(slog.NewTextHandler(said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		<-refused
	}
	c.refuses.Store(false)
	for !strings.Contains(said.String(), "Metrics reach OpenTelemetry again") {
		<-refused
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(said.String(), "\n"); lines != 2 || !strings.Contains(said.String(), "Metrics cannot be sent") {
		t.Errorf("%d lines:\n%s", lines, said)
	}
}

// book keeps what is logged.
type book struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestTheVariablesOfOpenTelemetryDecide(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"nothing", nil, false},
		{"endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"}, true},
		{"endpoint of metrics", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://a:4318"}, true},
		{"exporter", map[string]string{"OTEL_METRICS_EXPORTER": "otlp"}, true},
		{"no exporter", map[string]string{"OTEL_METRICS_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"}, false},
		{"disabled", map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := WantsOTLP(func(name string) string { return test.env[name] }); got != test.want {
				t.Errorf("wanted: %v", got)
			}
		})
	}
}

func TestAnUnknownProtocolIsNamed(t *testing.T) {
	getenv := func(name string) string { return map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}[name] }
	if _, err := NewPusher(t.Context(), New(options()).Gatherer(), getenv, "", nil); err == nil {
		t.Error("http/json is no error")
	}
}
