package hub

import (
	"slices"
	"sync"

	"github.com/araldo-relay/araldo/core"
)

// place is where taps look in: an endpoint's inlet or an outlet.
type place struct {
	core.Window
	direction string
	// unrouted: no route begins at the inlet.
	unrouted bool
	// endpoint is the name of the inbound at an inlet and of the target at an outlet; route and outlet name the latter.
	endpoint, route, outlet string

	mu   sync.Mutex
	taps []*tap
}

func (p *place) join(t *tap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(append(slices.Clone(p.taps), t))
}

func (p *place) leave(t *tap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(slices.DeleteFunc(slices.Clone(p.taps), func(other *tap) bool { return other == t }))
}

// show opens the window for those taps, none of which may change any more.
func (p *place) show(taps []*tap) {
	if p.taps = taps; len(taps) == 0 {
		p.Open(nil)
		return
	}
	p.Open(audience{p, taps})
}

// audience is the taps at a place.
type audience struct {
	place *place
	taps  []*tap
}

// Observe implements core.Observer.
func (a audience) Observe(messages []core.Message, verdict core.Verdict, reason core.Reason) {
	for _, t := range a.taps {
		t.take(a.place, messages, verdict, reason)
	}
}
