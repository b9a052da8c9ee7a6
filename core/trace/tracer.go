// Package trace records what becomes of single messages as OpenTelemetry spans: some that are picked at random, and those
// that come with a trace which is recorded already. The span of a receipt has one child per outlet, and that has one for
// the time in its queue and one for each attempt to send.
package trace

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// defaultPath is where a collector takes traces (OTLP specification, "OTLP/HTTP Request").
const defaultPath = "/v1/traces"

// Options is what a Tracer needs.
type Options struct {
	// Endpoint is the collector's URL, http or https. Without a path it is /v1/traces. Headers, certificates and such are
	// taken from the standard variables OTEL_EXPORTER_OTLP_*.
	Endpoint string
	// Sample is the part of the messages, from 0 to 1, that traces are begun for.
	Sample float64
	// Version is the hub's.
	Version string
	Log     *slog.Logger
}

// Tracer sends spans to a collector. Its methods may be called by any goroutine.
type Tracer struct {
	sample   float64
	provider *sdk.TracerProvider
	giveUp   context.CancelFunc
	tracer   trace.Tracer
}

// Start makes a Tracer. It does not wait for the collector, which may come and go. Close ends it.
func Start(ctx context.Context, options Options) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(withPath(options.Endpoint)))
	if err != nil {
		return nil, fmt.Errorf("trace-endpoint: %w", err)
	}
	about, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("araldo"), semconv.ServiceVersion(options.Version)))
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	over, giveUp := context.WithCancel(context.Background())
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(&reporting{SpanExporter: exporter, log: options.Log, over: over}),
		sdk.WithResource(about),
		// Receive has picked the messages already.
		sdk.WithSampler(sdk.AlwaysSample()),
	)
	return &Tracer{sample: options.Sample, provider: provider, giveUp: giveUp,
		tracer: provider.Tracer("github.com/araldo-relay/araldo", trace.WithInstrumentationVersion(options.Version))}, nil
}

func withPath(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Path != "" && u.Path != "/" {
		return endpoint
	}
	return u.JoinPath(defaultPath).String()
}

// Close sends what is recorded, until ctx ends.
func (t *Tracer) Close(ctx context.Context) error {
	defer t.giveUp()
	// What Shutdown would leave behind when ctx ends goes on for minutes: it is waited for, and its work made short.
	defer context.AfterFunc(ctx, t.giveUp)()
	return t.provider.Shutdown(context.WithoutCancel(ctx))
}

// complainEvery is how often a collector that does not take spans is worth a line.
const complainEvery = time.Minute

// reporting logs what an exporter has to complain about. One goroutine exports.
type reporting struct {
	sdk.SpanExporter
	log *slog.Logger
	// over ends when nobody waits for the spans any more.
	over     context.Context
	lost     int
	reported time.Time
}

// ExportSpans implements sdk.SpanExporter.
func (r *reporting) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.over, cancel)()
	err := r.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	r.lost += len(spans)
	if now := time.Now(); now.Sub(r.reported) >= complainEvery {
		r.log.Warn("the collector did not take spans", "lost", r.lost, "cause", err)
		r.reported, r.lost = now, 0
	}
	return nil
}
