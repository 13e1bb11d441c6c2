package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"envelog/internal/outage"
)

// pushWithin is how long the last push may take when a worker stops.
const pushWithin = 2 * time.Second

// WantsOTLP reports whether the standard variables of OpenTelemetry ask for metrics: an endpoint is named, or OTLP is chosen
// as the exporter, and neither is turned off.
func WantsOTLP(getenv func(string) string) bool {
	switch {
	case strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true"):
		return false
	case getenv("OTEL_METRICS_EXPORTER") != "":
		return getenv("OTEL_METRICS_EXPORTER") == "otlp"
	}
	return getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") != ""
}

// Pusher sends what is collected to an OpenTelemetry collector.
type Pusher struct {
	provider *metric.MeterProvider
	sending  *outage.Part
}

// NewPusher returns a Pusher of what the gatherer collects, which sends as the environment says: endpoint, headers,
// certificates and interval are read by the SDK itself. It is to be run.
func NewPusher(ctx context.Context, g prometheus.Gatherer, getenv func(string) string, version string, log *slog.Logger) (*Pusher, error) {
	exporter, err := newExporter(ctx, getenv)
	if err != nil {
		return nil, fmt.Errorf("configure OpenTelemetry: %w", err)
	}
	about, err := describe(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("configure OpenTelemetry: %w", err)
	}
	sending := outage.New(log, slog.LevelWarn, outage.Words{
		Begins: "Metrics cannot be sent to OpenTelemetry; they are sent again at each interval, and the worker goes on.",
		Lasts:  "Metrics can still not be sent to OpenTelemetry",
		Over:   "Metrics reach OpenTelemetry again",
	}).Part()
	// The SDK has one handler of errors for the process, which else writes to standard error in a format of its own.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if !errors.Is(err, context.Canceled) { // by the last push, which follows
			sending.Failed(err)
		}
	}))
	reader := metric.NewPeriodicReader(watched{exporter, sending}, metric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(g))))
	return &Pusher{metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(about)), sending}, nil
}

// watched is an exporter that tells when it succeeds; what fails reaches the handler of errors.
type watched struct {
	metric.Exporter
	sending *outage.Part
}

// Export implements metric.Exporter.
func (w watched) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	err := w.Exporter.Export(ctx, m)
	if err == nil {
		w.sending.Over()
	}
	return err
}

// Run waits until ctx ends, and sends once more.
func (p *Pusher) Run(ctx context.Context) error {
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pushWithin)
	defer cancel()
	if err := p.provider.Shutdown(ctx); err != nil {
		p.sending.Failed(err)
	}
	return nil
}

// newExporter speaks the protocol that is asked for; the default is that of the specification.
func newExporter(ctx context.Context, getenv func(string) string) (metric.Exporter, error) {
	protocol := getenv("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL")
	if protocol == "" {
		protocol = getenv("OTEL_EXPORTER_OTLP_PROTOCOL")
	}
	switch protocol {
	case "", "http/protobuf":
		return otlpmetrichttp.New(ctx)
	case "grpc":
		return otlpmetricgrpc.New(ctx)
	}
	return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q, must be http/protobuf or grpc", protocol)
}

// describe says what sends; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
func describe(ctx context.Context, version string) (*resource.Resource, error) {
	return resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(), resource.WithAttributes(
		attribute.String("service.name", "envelog"), attribute.String("service.version", version)), resource.WithFromEnv())
}
