package websocket

import (
	"sync/atomic"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// refusal is why a handshake was turned away. Each has its own counter.
type refusal int

const (
	refusedHandshake refusal = iota // a plain GET, another method, a bad version or key
	refusedDisabled                 // the endpoint is switched off
	refusedFull                     // max-connections is reached, or the endpoint is about to close
	refusedOrigin                   // the page is not one of `origins`
	refusalCount
)

var refusalNames = [refusalCount]string{"refused-handshake", "refused-disabled", "refused-full", "refused-origin"}

// tally is an endpoint's counters. They only grow.
type tally struct {
	refused [refusalCount]atomic.Uint64
	// accepted connections, ever.
	accepted atomic.Uint64
	// lost messages: for one connection each, because its queue was full.
	lost atomic.Uint64
	// cut connections: those that took nothing for too long.
	cut atomic.Uint64
	// unknown recipients that a `to` named.
	unknown atomic.Uint64
	// discarded messages from clients: no route wants them, or they came after their connection's close.
	discarded atomic.Uint64
}

func (t *tally) figures() []sdk.Figure {
	list := make([]sdk.Figure, 0, refusalCount+5)
	counter := func(name string, n *atomic.Uint64) {
		list = append(list, sdk.Figure{Name: name, Value: int64(n.Load()), Counter: true})
	}
	counter("accepted", &t.accepted)
	for i := range t.refused {
		counter(refusalNames[i], &t.refused[i])
	}
	counter("lost-slow", &t.lost)
	counter("cut-slow", &t.cut)
	counter("unknown-recipient", &t.unknown)
	counter("discarded", &t.discarded)
	return list
}
