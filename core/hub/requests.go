package hub

import (
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/routes"
)

// requesting is what the router needs of an outlet whose messages are requests, and of one that leads to an endpoint whose
// messages are requests elsewhere, so that replies may come by it; nil where it is none.
func (r *relay) requesting(inbound string, o routes.Outlet) (asker *router.Asker, answerer *router.Answerer) {
	if o.ReplyTimeout > 0 {
		asker = r.requests.Asker(inbound, o.ReplyTimeout)
	}
	if r.answers(o) {
		out := r.crew.assessments[o.To].Capabilities.Outbound
		answerer = r.requests.Answerer(o.To, out != nil && out.Addressing)
	}
	return asker, answerer
}

// answers reports whether replies may come by the outlet.
func (r *relay) answers(o routes.Outlet) bool { return routes.Asks(r.crew.cfg.Routes, o.To) }

// requestStatus is nil where the outlet's messages are no requests.
func (o *outlet) requestStatus() *control.Requests {
	if o.asker == nil {
		return nil
	}
	counts := o.asker.Counts()
	return &control.Requests{Timeout: o.ReplyTimeout.Seconds(), Pending: counts.Pending, Answered: counts.Answered,
		TimedOut: counts.TimedOut, Displaced: counts.Displaced}
}
