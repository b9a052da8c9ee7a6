package hub

import (
	"context"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/core/trace"
)

// closeTracesTimeout is how long the hub's end waits for the collector to take the last spans.
const closeTracesTimeout = 2 * time.Second

// startTraces returns nil where no traces are to be recorded.
func (h *Hub) startTraces(ctx context.Context) (*trace.Tracer, error) {
	if h.cfg.Global.TraceEndpoint == "" {
		return nil, nil
	}
	return trace.Start(ctx, trace.Options{Endpoint: h.cfg.Global.TraceEndpoint, Sample: h.cfg.Global.TraceSample,
		Version: h.options.Version, Log: h.log})
}

func closeTraces(ctx context.Context, tracer *trace.Tracer) error {
	if tracer == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, closeTracesTimeout)
	defer cancel()
	return tracer.Close(ctx)
}

// traces picks what is traced of an endpoint's messages; nil where nothing is.
func (r *relay) traces(in *host.Instance) *trace.Inlet {
	if r.tracer == nil {
		return nil
	}
	return r.tracer.Inlet(in.Name, slices.Contains(in.Trust, core.TraceParent))
}
