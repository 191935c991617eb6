package telemetry

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tracerName is the instrumentation scope of the spans.
const tracerName = "github.com/fieldgate/fieldgate"

// Traces exports spans. The zero value does not exist: use NewTraces.
type Traces struct {
	provider *sdktrace.TracerProvider // nil: nothing is traced
}

// NewTraces returns an exporter over OTLP/HTTP when OTEL_EXPORTER_OTLP_ENDPOINT or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT says where to, and OTEL_SDK_DISABLED and OTEL_TRACES_EXPORTER do
// not turn it off; else one that does nothing. lookup is os.LookupEnv, say; the OpenTelemetry SDK reads
// the rest of its variables (headers, sampler, ...) by itself. Close it.
func NewTraces(ctx context.Context, version string, lookup func(name string) (string, bool)) (*Traces, error) {
	if !configured(lookup) {
		return &Traces{}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OpenTelemetry: %w", err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "fieldgate"), attribute.String("service.version", version))
	fromEnvironment, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err == nil {
		about, err = resource.Merge(about, fromEnvironment)
	}
	if err != nil {
		return nil, fmt.Errorf("OpenTelemetry: %w", err)
	}
	return &Traces{provider: sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))}, nil
}

func configured(lookup func(name string) (string, bool)) bool {
	if off, _ := lookup("OTEL_SDK_DISABLED"); strings.EqualFold(off, "true") {
		return false
	}
	if which, ok := lookup("OTEL_TRACES_EXPORTER"); ok && which != "" && which != "otlp" {
		return false
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if value, _ := lookup(name); value != "" {
			return true
		}
	}
	return false
}

// Tracer returns what starts spans, or nil when nothing is traced.
func (t *Traces) Tracer() trace.Tracer {
	if t.provider == nil {
		return nil
	}
	return t.provider.Tracer(tracerName)
}

// Close exports what waits, until ctx is done.
func (t *Traces) Close(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
