package hub

import (
	"context"
	"fmt"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// Send implements control.Hub: the message goes the way of one that the endpoint received.
func (h *Hub) Send(ctx context.Context, name string, message control.Message) (control.Sent, error) {
	r, e, err := h.find(name)
	if err != nil {
		return control.Sent{}, err
	}
	if !e.enabled.Load() {
		return control.Sent{}, &control.Error{Code: control.CodeDisabled,
			Message: fmt.Sprintf("endpoint %s is disabled: it receives nothing", name)}
	}
	waits := newWaiter()
	id, err := e.Inject(core.Message{Header: header(message), Payload: message.Payload}, waits)
	if err != nil {
		return control.Sent{}, &control.Error{Code: control.CodeBadRequest, Message: err.Error()}
	}
	sent := control.Sent{ID: id.String(), Outlets: r.outletsOf(name)}
	if err := waits.wait(ctx); err != nil {
		return sent, fmt.Errorf("endpoint %s took the message, but an outlet that it waits for has not: %w", name, err)
	}
	return sent, nil
}

func header(m control.Message) *core.Header {
	if len(m.Attributes) == 0 && m.ContentType == "" {
		return nil
	}
	list := make([]core.Attribute, 0, len(m.Attributes))
	for name, value := range m.Attributes {
		list = append(list, core.Attribute{Name: name, Value: value})
	}
	return &core.Header{ContentType: m.ContentType, Attributes: core.NewAttributes(list...)}
}

// outletsOf are the names of the outlets that an endpoint's messages go to.
func (r *relay) outletsOf(inbound string) []string {
	names := []string{}
	for _, route := range r.routes {
		if route.Inbound != inbound {
			continue
		}
		for _, o := range route.Outlets {
			names = append(names, o.Name)
		}
	}
	return names
}

// waiter is the ticket of one message: it waits as its source would.
type waiter struct {
	queued, settled         chan struct{}
	queuedOnce, settledOnce sync.Once
}

func newWaiter() *waiter { return &waiter{queued: make(chan struct{}), settled: make(chan struct{})} }

// Queued implements core.Ticket.
func (w *waiter) Queued() { w.queuedOnce.Do(func() { close(w.queued) }) }

// Settled implements core.Ticket.
func (w *waiter) Settled(_, _ int) { w.settledOnce.Do(func() { close(w.settled) }) }

func (w *waiter) wait(ctx context.Context) error {
	for _, done := range []chan struct{}{w.queued, w.settled} {
		select {
		case <-done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
