package trace

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/araldo-relay/araldo/core"
)

// batchTrace is the core.Trace of one batch. After the inlet, or Decoded, it does not change.
type batchTrace struct {
	tracer *Tracer
	// endpoint is where it was received, and when.
	endpoint string
	received time.Time
	// continues: a trace that decoding shows goes on.
	continues bool
	// spans are those of the receipts, by message.
	spans map[core.ID]context.Context
}

// At implements core.Trace.
func (b *batchTrace) At(route, outlet string) core.Passage {
	if len(b.spans) == 0 {
		return nil
	}
	p := &passage{tracer: b.tracer.tracer, ways: make(map[core.ID]*way, len(b.spans))}
	for id, receipt := range b.spans {
		ctx, span := p.tracer.Start(receipt, "deliver "+route+" to "+outlet, trace.WithSpanKind(trace.SpanKindProducer),
			trace.WithAttributes(semconv.MessagingSystemKey.String("araldo"), semconv.MessagingOperationTypeSend,
				semconv.MessagingDestinationName(outlet), semconv.MessagingMessageID(id.String()),
				attribute.String("araldo.route", route), attribute.String("araldo.outlet", outlet)))
		_, queue := p.tracer.Start(ctx, "queue")
		p.ways[id] = &way{ctx: ctx, whole: span, stage: queue}
	}
	return p
}

// passage is the core.Passage of one batch through one outlet.
type passage struct {
	tracer trace.Tracer

	mu   sync.Mutex
	ways map[core.ID]*way
}

// way is one message on its way: the span of the whole and that of the stage that it is in.
type way struct {
	ctx          context.Context
	whole, stage trace.Span
	attempts     int
}

// Sent implements core.Passage.
func (p *passage) Sent(messages []core.Message) {
	p.each(messages, func(_ core.ID, w *way) {
		if w.attempts > 0 {
			w.stage.SetStatus(codes.Error, "not confirmed")
		}
		w.stage.End()
		w.attempts++
		_, w.stage = p.tracer.Start(w.ctx, "send", trace.WithAttributes(attribute.Int("araldo.attempt", w.attempts)))
	})
}

// Settled implements core.Passage.
func (p *passage) Settled(messages []core.Message, verdict core.Verdict, reason core.Reason) {
	p.each(messages, func(id core.ID, w *way) {
		delete(p.ways, id)
		w.whole.SetAttributes(attribute.String("araldo.verdict", verdict.String()))
		if verdict == core.VerdictDropped || verdict == core.VerdictMixed {
			w.whole.SetAttributes(attribute.String("araldo.reason", reason.String()))
		}
		if verdict == core.VerdictDropped {
			w.whole.SetStatus(codes.Error, reason.Meaning())
		}
		w.stage.End()
		w.whole.End()
	})
}

func (p *passage) each(messages []core.Message, do func(core.ID, *way)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range messages {
		if len(p.ways) == 0 {
			return
		}
		if w := p.ways[messages[i].ID]; w != nil {
			do(messages[i].ID, w)
		}
	}
}
