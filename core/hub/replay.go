package hub

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// Replay implements control.Hub: messages that were dead letters go to their outlet again, decoded, filtered and
// converted as if they came by its route now, but to no other outlet.
func (h *Hub) Replay(ctx context.Context, request control.ReplayRequest, show func([]control.Replayed) error) error {
	r, o, err := h.findOutlet(request.Route, request.Outlet)
	if err != nil {
		return err
	}
	batch := core.Batch{Source: request.Route, Received: time.Now(), Messages: make([]core.Message, len(request.Records))}
	for i := range request.Records {
		if batch.Messages[i], err = replayed(request.Route, &request.Records[i]); err != nil {
			return &control.Error{Code: control.CodeBadRequest, Message: fmt.Sprintf("record %d: %v", i, err)}
		}
	}
	batch.Pinned = batch.Bytes()
	w := newWake(batch.Messages)
	o.place.join(w)
	defer o.place.leave(w)
	if err := show(nil); err != nil || len(batch.Messages) == 0 {
		return err
	}
	o.routed.Again(batch)
	for {
		done, err := w.watch(ctx, r.left, show)
		if done || err != nil {
			return err
		}
		if r = h.relay.Load(); !o.seenAs(r.outlet(request.Route, request.Outlet)) {
			w.lose()
		}
	}
}

// seenAs reports whether what becomes of messages that an outlet was given is still seen where it was looked at, with now in
// its place after a reload: not where they lead elsewhere, or where nobody may be left who decodes them.
func (o *outlet) seenAs(now *outlet) bool {
	return now != nil && now.place == o.place && (o.routed.Decoder == nil || now.routed.Decoder == o.routed.Decoder)
}

// findOutlet finds an outlet that runs, by its route's inbound endpoint and its name, and the relay that it is part of.
func (h *Hub) findOutlet(inbound, name string) (*relay, *outlet, error) {
	var names []string
	r := h.relay.Load()
	if r == nil {
		return nil, nil, &control.Error{Code: control.CodeFailed, Message: "the hub is not ready yet"}
	}
	for _, route := range r.routes {
		for _, o := range route.outlets {
			if route.Inbound != inbound || o.deadOf != "" {
				continue
			}
			if o.Name == name {
				return r, o, nil
			}
			names = append(names, o.Name)
		}
	}
	return nil, nil, &control.Error{Code: control.CodeUnknownOutlet, Nearest: core.Nearest(name, names),
		Message: fmt.Sprintf("there is no outlet %q in route %q", name, inbound)}
}

// replayed is a record's message without what its death said of it.
func replayed(source string, record *control.ReplayRecord) (core.Message, error) {
	m := core.Message{Source: source, Time: record.Time.UnixNano(), Payload: record.PayloadBase64}
	if n, err := hex.Decode(m.ID[:], []byte(record.ID[:min(len(record.ID), 2*len(m.ID))])); err != nil || n != len(m.ID) || len(record.ID) != 2*n {
		return m, fmt.Errorf("the id %q has not 32 hexadecimal digits", record.ID)
	}
	m.Header = header(control.Message{ContentType: record.ContentType, Attributes: record.Attributes})
	if m.Header == nil {
		return m, nil
	}
	own := m.Header.Attributes[:0]
	for _, a := range m.Header.Attributes {
		if err := core.CheckAttribute(a); err != nil {
			return m, err
		}
		if !core.HubAttribute(a.Name) {
			own = append(own, a)
		}
	}
	m.Header.Attributes = own
	return m, nil
}

// wake waits at an outlet to see what becomes of messages that came back to life. It is told by their ids.
type wake struct {
	signal chan struct{}

	mu sync.Mutex
	// open are the indexes of those of which nothing is known yet, by id; left counts them.
	open map[core.ID][]int
	left int
	seen []control.Replayed
}

func newWake(messages []core.Message) *wake {
	w := &wake{signal: make(chan struct{}, 1), open: map[core.ID][]int{}, left: len(messages)}
	for i := range messages {
		w.open[messages[i].ID] = append(w.open[messages[i].ID], i)
	}
	return w
}

// take implements watcher.
func (w *wake) take(_ *place, messages []core.Message, verdict core.Verdict, reason core.Reason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.left
	for i := range messages {
		open := w.open[messages[i].ID]
		if len(open) == 0 {
			continue
		}
		w.open[messages[i].ID] = open[1:]
		w.left--
		one := control.Replayed{Index: open[0], Settled: settles(verdict), Verdict: verdict.String()}
		if verdict == core.VerdictDropped || verdict == core.VerdictMixed {
			one.Reason = reason.String()
		}
		w.seen = append(w.seen, one)
	}
	if w.left != before {
		w.tell()
	}
}

// tell says that there is something to show. The caller holds the lock.
func (w *wake) tell() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// lose gives up waiting for those of which nothing is known: they may arrive all the same.
func (w *wake) lose() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, indexes := range w.open {
		for _, i := range indexes {
			w.seen = append(w.seen, control.Replayed{Index: i, Verdict: "unknown"})
		}
	}
	clear(w.open)
	w.left = 0
	w.tell()
}

// settles reports whether a message with that verdict need not come again: the target has it, the operator's filter
// leaves it out, or it is a new dead letter.
func settles(verdict core.Verdict) bool {
	return verdict == core.VerdictDelivered || verdict == core.VerdictFiltered || verdict == core.VerdictDeadLettered
}

// watch shows what is seen until it is all, ctx ends or left is closed, which leaves some undone.
func (w *wake) watch(ctx context.Context, left <-chan struct{}, show func([]control.Replayed) error) (done bool, err error) {
	for {
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-left:
			return false, nil
		case <-w.signal:
		}
		w.mu.Lock()
		seen, open := w.seen, w.left
		w.seen = nil
		w.mu.Unlock()
		if err := show(seen); err != nil || open == 0 {
			return true, err
		}
	}
}
