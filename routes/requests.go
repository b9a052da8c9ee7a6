package routes

import (
	"time"

	"github.com/araldo-relay/araldo/core"
)

// The bounds of the time in which a request may be answered.
const (
	leastReplyTimeout = time.Millisecond
	mostReplyTimeout  = time.Hour
)

// Asks reports whether messages of an endpoint are requests anywhere, so that replies may come for it.
func Asks(list []Route, endpoint string) bool {
	for _, route := range list {
		if route.Inbound == endpoint && route.asks() {
			return true
		}
	}
	return false
}

func (r *Route) asks() bool {
	for i := range r.Outlets {
		if r.Outlets[i].ReplyTimeout > 0 {
			return true
		}
	}
	return false
}

// checkReplies finds requests that nobody could answer.
func checkReplies(ps *core.Problems, list []Route) {
	led := map[string]bool{}
	for _, route := range list {
		for _, o := range route.Outlets {
			led[o.To] = true
		}
	}
	for _, route := range list {
		for _, o := range route.Outlets {
			if o.ReplyTimeout > 0 && !led[route.Inbound] {
				ps.Warnf(o.at("reply-timeout"), "a route from where the replies come in to "+route.Inbound+" is missing",
					"reply-timeout: no route leads back to %s, so that no reply reaches who asked", route.Inbound)
			}
		}
	}
}
