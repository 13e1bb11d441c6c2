package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
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
	log      *slog.Logger
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
	reader := metric.NewPeriodicReader(exporter, metric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(g))))
	return &Pusher{metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(about)), log}, nil
}

// Run waits until ctx ends, and sends once more.
func (p *Pusher) Run(ctx context.Context) error {
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pushWithin)
	defer cancel()
	if err := p.provider.Shutdown(ctx); err != nil {
		p.log.Warn(fmt.Sprintf("The last metrics could not be sent to OpenTelemetry: %v", err))
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
