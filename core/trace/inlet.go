package trace

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/araldo-relay/araldo/core"
)

// Inlet picks the messages of one inbound endpoint that are to be traced. Receive may be called by any goroutine.
type Inlet struct {
	tracer   *Tracer
	endpoint string
	// continues: traces that messages bring along go on.
	continues bool

	mu sync.Mutex
	// until is how many messages come before the next one that is picked.
	until int
}

// Inlet makes the one of an endpoint. continues: its messages may bring a trace along.
func (t *Tracer) Inlet(endpoint string, continues bool) *Inlet {
	return &Inlet{tracer: t, endpoint: endpoint, continues: continues, until: t.pause()}
}

// pause is how many messages come between two that are picked: geometrically distributed, so that each is picked with
// the same probability and nothing needs to be decided for the others.
func (t *Tracer) pause() int {
	if t.sample <= 0 {
		return math.MaxInt
	}
	if t.sample >= 1 {
		return 0
	}
	return int(min(math.Log(1-rand.Float64())/math.Log1p(-t.sample), math.MaxInt32))
}

// Receive picks messages and gives them the context that those behind the hub go on from: the batch's other messages are
// as they were. A batch without any that is picked has a trace only where its envelopes may bring one.
func (in *Inlet) Receive(batch core.Batch) core.Batch {
	picked := in.pick(len(batch.Messages))
	var parents map[int]trace.SpanContext
	if in.continues {
		picked, parents = in.brought(batch.Messages, picked)
	}
	if len(picked) == 0 && !in.continues {
		return batch
	}
	followed := &batchTrace{tracer: in.tracer, endpoint: in.endpoint, received: batch.Received, continues: in.continues,
		spans: make(map[core.ID]context.Context, len(picked))}
	batch.Trace = followed
	if len(picked) == 0 {
		return batch
	}
	batch.Messages = slices.Clone(batch.Messages)
	for _, i := range picked {
		followed.begin(&batch.Messages[i], parents[i])
	}
	return batch
}

// pick returns the indexes of those among the next n messages that traces begin with.
func (in *Inlet) pick(n int) []int {
	in.mu.Lock()
	defer in.mu.Unlock()
	var picked []int
	for in.until < n {
		picked = append(picked, in.until)
		in.until += 1 + in.tracer.pause()
	}
	in.until -= n
	return picked
}

// brought adds the messages whose trace is recorded elsewhere, and takes out those whose trace is not. Messages of one
// connection share their header, so that most need no look at their attributes.
func (in *Inlet) brought(messages []core.Message, picked []int) ([]int, map[int]trace.SpanContext) {
	parents := map[int]trace.SpanContext{}
	var header *core.Header
	var parent trace.SpanContext
	var all []int
	for i := range messages {
		if h := messages[i].Header; h != header || i == 0 {
			header, parent = h, contextOf(h)
		}
		random := len(picked) > 0 && picked[0] == i
		if random {
			picked = picked[1:]
		}
		if parent.IsSampled() || random && !parent.IsValid() {
			all = append(all, i)
			parents[i] = parent
		}
	}
	return all, parents
}

var format propagation.TraceContext

// contextOf is the trace context of a header, the zero one where it has none or a malformed one.
func contextOf(h *core.Header) trace.SpanContext {
	if h == nil {
		return trace.SpanContext{}
	}
	parent, found := h.Attributes.Get(core.TraceParent)
	if !found {
		return trace.SpanContext{}
	}
	state, _ := h.Attributes.Get(core.TraceState)
	carrier := propagation.MapCarrier{core.TraceParent: parent, core.TraceState: state}
	return trace.SpanContextFromContext(format.Extract(context.Background(), carrier))
}

// begin records a message's receipt and gives the message the context of that.
func (b *batchTrace) begin(m *core.Message, parent trace.SpanContext) {
	ctx := trace.ContextWithRemoteSpanContext(context.Background(), parent)
	ctx, span := b.tracer.tracer.Start(ctx, "receive "+b.endpoint, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithTimestamp(b.received), trace.WithAttributes(
			semconv.MessagingSystemKey.String("araldo"), semconv.MessagingOperationTypeReceive,
			semconv.MessagingDestinationName(b.endpoint), semconv.MessagingMessageID(m.ID.String()),
			semconv.MessagingMessageBodySize(m.Size()), attribute.String("araldo.endpoint", b.endpoint)))
	span.End()
	b.spans[m.ID] = ctx
	m.Header = carrying(m.Header, ctx)
}

// carrying is a header with the context of a span instead of the one that it had.
func carrying(h *core.Header, ctx context.Context) *core.Header {
	carrier := propagation.MapCarrier{}
	format.Inject(ctx, carrier)
	next := core.Header{}
	var list []core.Attribute
	if h != nil {
		next.ContentType = h.ContentType
		for _, a := range h.Attributes {
			if a.Name != core.TraceParent && a.Name != core.TraceState {
				list = append(list, a)
			}
		}
	}
	for name, value := range carrier {
		list = append(list, core.Attribute{Name: name, Value: value})
	}
	next.Attributes = core.NewAttributes(list...)
	return &next
}
