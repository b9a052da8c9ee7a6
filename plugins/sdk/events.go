package sdk

import (
	"cmp"
	"sync"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// eventLimit is how many events wait for a stream; gaps are merged and the oldest others make room.
const eventLimit = 64

// events is an instance's news for the hub. It never blocks and outlives streams.
type events struct {
	mu      sync.Mutex
	waiting []Event
	// trouble is the state that a new stream has to be told: the last degraded or disconnected that nothing mended.
	trouble *Event
}

func (n *events) add(e Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e.Kind {
	case core.EventDegraded, core.EventDisconnected:
		n.trouble = &e
	case core.EventConnected, core.EventRecovered:
		n.trouble = nil
	}
	last := len(n.waiting) - 1
	if last >= 0 && e.Kind == core.EventGap && n.waiting[last].Kind == core.EventGap {
		n.waiting[last].Missed += e.Missed
		n.waiting[last].Cause = e.Cause
		return
	}
	if len(n.waiting) == eventLimit {
		n.waiting = append(n.waiting[:0], n.waiting[1:]...)
	}
	n.waiting = append(n.waiting, e)
}

// present is the cause of the trouble that there is, empty without one.
func (n *events) present() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.trouble == nil {
		return ""
	}
	return cmp.Or(n.trouble.Cause, "its other side can't be reached")
}

// repeat queues the state that a new stream has to be told.
func (n *events) repeat() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.waiting) == 0 && n.trouble != nil {
		n.waiting = append(n.waiting, *n.trouble)
	}
}

func (n *events) take() []*pluginv1.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []*pluginv1.Event
	for _, e := range n.waiting {
		out = append(out, wire.ToEvent(e))
	}
	n.waiting = n.waiting[:0]
	return out
}
