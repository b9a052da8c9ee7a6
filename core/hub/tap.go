package hub

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// The bounds of what a tap keeps until its reader takes it, and of a payload that is not shown in full.
const (
	tapMessages  = 1024
	tapBytes     = 4 << 20
	shortPayload = 4 << 10
)

// tap keeps what it saw, within bounds, until its reader takes it. What does not fit is lost and counted, so that a slow
// reader never holds up what passes.
type tap struct {
	// cut is how much of a payload is kept.
	cut  int
	wake chan struct{}

	mu    sync.Mutex
	seen  []sighting
	bytes int
	lost  uint64
}

// sighting is one message as it was seen; its payload is a copy, so that it keeps no frame in memory.
type sighting struct {
	place   *place
	at      time.Time
	message core.Message
	size    int
	verdict core.Verdict
	reason  core.Reason
}

func newTap(full bool) *tap {
	t := &tap{cut: shortPayload, wake: make(chan struct{}, 1)}
	if full {
		t.cut = tapBytes
	}
	return t
}

// take implements watcher.
func (t *tap) take(p *place, messages []core.Message, verdict core.Verdict, reason core.Reason) {
	t.keep(p, messages, sighting{place: p, at: time.Now(), verdict: verdict, reason: reason})
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *tap) keep(p *place, messages []core.Message, s sighting) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range messages {
		if len(t.seen) >= tapMessages || t.bytes >= tapBytes {
			t.lost += uint64(len(messages) - i)
			return
		}
		s.message, s.size = messages[i], messages[i].Size()
		s.message.Payload = bytes.Clone(s.message.Payload[:min(s.size, t.cut)])
		t.bytes += len(s.message.Payload)
		t.seen = append(t.seen, s)
	}
}

// collect takes out what was kept, and how many messages were lost after it.
func (t *tap) collect() ([]sighting, uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen, lost := t.seen, t.lost
	t.seen, t.bytes, t.lost = nil, 0, 0
	return seen, lost
}

// Tap implements control.Hub.
func (h *Hub) Tap(ctx context.Context, request control.TapRequest, show func([]control.TapEvent) error) error {
	r, e, err := h.find(request.Endpoint)
	if err != nil {
		return err
	}
	t := newTap(request.Full)
	places := t.move(nil, r.places(e, request))
	defer func() { t.move(places, nil) }()
	if err := show(nil); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
			if err := show(events(t.collect())); err != nil {
				return err
			}
		case <-r.left:
			r = h.relay.Load()
			places = t.move(places, r.places(r.endpoint(request.Endpoint), request))
		}
	}
}

// move has the tap look in at other places than before, and returns those.
func (t *tap) move(from, to []*place) []*place {
	for _, p := range to {
		if !slices.Contains(from, p) {
			p.join(t)
		}
	}
	for _, p := range from {
		if !slices.Contains(to, p) {
			p.leave(t)
		}
	}
	return to
}

// places are where a tap of that endpoint looks in: nowhere while a reload has it removed.
func (r *relay) places(e *endpoint, request control.TapRequest) []*place {
	var places []*place
	if e == nil {
		return nil
	}
	if request.In {
		places = append(places, e.inlet)
	}
	if !request.Out {
		return places
	}
	for _, route := range r.routes {
		for _, o := range route.outlets {
			if o.To == e.in.Name {
				places = append(places, o.place)
			}
		}
	}
	return places
}

func events(seen []sighting, lost uint64) []control.TapEvent {
	list := make([]control.TapEvent, len(seen), len(seen)+1)
	for i := range seen {
		list[i] = seen[i].event()
	}
	if lost > 0 {
		list = append(list, control.TapEvent{Time: time.Now().UTC(), Lost: lost})
	}
	return list
}

func (s *sighting) event() control.TapEvent {
	e := control.TapEvent{
		Time: s.at.UTC(), Direction: s.place.direction, Endpoint: s.place.endpoint, Route: s.place.route, Outlet: s.place.outlet,
		Verdict: s.verdict.String(), ID: s.message.ID.String(), Source: s.message.Source, Size: s.size,
	}
	if s.place.unrouted.Load() {
		e.Verdict = "unrouted"
	}
	if s.verdict == core.VerdictDropped || s.verdict == core.VerdictMixed {
		e.Reason = s.reason.String()
	}
	if h := s.message.Header; h != nil {
		e.ContentType = h.ContentType
		e.Attributes = make(map[string]string, len(h.Attributes))
		for _, a := range h.Attributes {
			e.Attributes[a.Name] = a.Value
		}
	}
	e.SetPayload(s.message.Payload)
	return e
}
