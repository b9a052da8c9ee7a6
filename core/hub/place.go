package hub

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// place is where watchers look in: an endpoint's inlet or an outlet.
type place struct {
	core.Window
	direction string
	// unrouted: no route begins at the inlet.
	unrouted atomic.Bool
	// endpoint is the name of the inbound at an inlet and of the target at an outlet; route and outlet name the latter.
	endpoint, route, outlet string

	mu       sync.Mutex
	watchers []watcher
}

// watcher is somebody who looks in, a tap as a rule. take is called where messages pass and does not block.
type watcher interface {
	take(at *place, messages []core.Message, verdict core.Verdict, reason core.Reason)
}

func (p *place) join(w watcher) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(append(slices.Clone(p.watchers), w))
}

func (p *place) leave(w watcher) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(slices.DeleteFunc(slices.Clone(p.watchers), func(other watcher) bool { return other == w }))
}

// show opens the window for those watchers, none of which may change any more.
func (p *place) show(watchers []watcher) {
	if p.watchers = watchers; len(watchers) == 0 {
		p.Open(nil)
		return
	}
	p.Open(audience{p, watchers})
}

// audience is who looks in at a place.
type audience struct {
	place    *place
	watchers []watcher
}

// Observe implements core.Observer.
func (a audience) Observe(messages []core.Message, verdict core.Verdict, reason core.Reason) {
	for _, w := range a.watchers {
		w.take(a.place, messages, verdict, reason)
	}
}
