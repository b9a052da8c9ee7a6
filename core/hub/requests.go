package hub

import (
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/metrics"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/routes"
)

// requesting gives an outlet whose messages are requests its asker, that of before where there is one, and returns
// what brings replies to an outlet that leads to an endpoint whose messages are requests elsewhere; nil where it is none.
func (r *relay) requesting(inbound string, o, was *outlet) *router.Answerer {
	switch {
	case o.ReplyTimeout == 0:
	case was != nil && was.asker != nil:
		o.asker = was.asker
	default:
		o.asker = r.requests.Asker(inbound, o.ReplyTimeout)
	}
	if !r.answers(o.Outlet) {
		return nil
	}
	out := r.crew.assessments[o.To].Capabilities.Outbound
	return r.requests.Answerer(o.To, out != nil && out.Addressing)
}

// answers reports whether replies may come by the outlet.
func (r *relay) answers(o routes.Outlet) bool { return routes.Asks(r.crew.cfg.Routes, o.To) }

// measureRequests is nil where the outlet's messages are no requests.
func (o *outlet) measureRequests() *metrics.Requests {
	if o.asker == nil {
		return nil
	}
	counts := o.asker.Counts()
	return &metrics.Requests{Asked: counts.Asked(), Pending: counts.Pending, Answered: counts.Answered,
		TimedOut: counts.TimedOut, Displaced: counts.Displaced}
}

// requestStatus is nil where the outlet's messages are no requests.
func (o *outlet) requestStatus() *control.Requests {
	if o.asker == nil {
		return nil
	}
	counts := o.asker.Counts()
	return &control.Requests{Timeout: o.ReplyTimeout.Seconds(), Asked: counts.Asked(), Pending: counts.Pending, Answered: counts.Answered,
		TimedOut: counts.TimedOut, Displaced: counts.Displaced}
}
