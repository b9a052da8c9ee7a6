package trace

import (
	"context"
	"maps"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/araldo-relay/araldo/core"
)

// Decoded implements core.Trace: a trace that stands in an envelope goes on instead of the one that began at the
// receipt, where the source may bring one.
func (b *batchTrace) Decoded(values []core.Message) ([]core.Message, core.Trace) {
	if !b.continues {
		return values, b
	}
	next := &batchTrace{tracer: b.tracer, endpoint: b.endpoint, received: b.received, spans: maps.Clone(b.spans)}
	own := values
	var header *core.Header
	var parent trace.SpanContext
	for i := range values {
		if h := values[i].Header; h != header || i == 0 {
			header, parent = h, contextOf(h)
		}
		began := b.spans[values[i].ID]
		if !b.changed(parent, began) {
			continue
		}
		if &own[0] == &values[0] {
			own = slices.Clone(values)
		}
		next.follow(&own[i], parent, began)
	}
	return own, next
}

// changed reports whether an envelope brought another context than began, that of the receipt: nil where nothing began.
func (b *batchTrace) changed(parent trace.SpanContext, began context.Context) bool {
	if began == nil {
		return parent.IsSampled()
	}
	return parent.SpanID() != trace.SpanContextFromContext(began).SpanID()
}

// follow goes on with the trace of an envelope, unless that is recorded nowhere; a malformed one is put right.
func (b *batchTrace) follow(m *core.Message, parent trace.SpanContext, began context.Context) {
	switch {
	case parent.IsSampled():
		b.begin(m, parent)
	case parent.IsValid():
		delete(b.spans, m.ID)
	default:
		m.Header = carrying(m.Header, began)
	}
}
