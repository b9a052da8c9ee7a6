package routes

import (
	"fmt"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// Mode is the delivery that the outlet gets, and why. Only live is available yet.
func (o Outlet) Mode() (mode core.Mode, reason string) {
	if o.Delivery == core.ModeLive {
		return core.ModeLive, "the file says so"
	}
	return core.ModeLive, "auto, and no other mode is available yet"
}

// Plain says in one line how the route serves the outlet: mode, guarantee, reason and queue.
func (r Route) Plain(o Outlet) string {
	mode, reason := o.Mode()
	to := o.To
	if o.Name != o.To {
		to += " (" + o.Name + ")"
	}
	return fmt.Sprintf("%s -> %s: %s, at most once (%s); up to %d messages or %s wait, then %s%s", r.Inbound, to, mode,
		reason, o.Queue.Messages, document.FormatBytes(o.Queue.Bytes), overflowWords[o.Queue.Overflow], echoWords(o)+whenWords(o))
}

var overflowWords = map[core.Overflow]string{
	core.OverflowDefault:    "the oldest is dropped",
	core.OverflowDropOldest: "the oldest is dropped",
	core.OverflowDropNewest: "the newest is dropped",
	core.OverflowBlock:      "the source waits",
}

func whenWords(o Outlet) string {
	if o.When == nil {
		return ""
	}
	return "; only when " + o.When.String()
}

func echoWords(o Outlet) string {
	if o.Echo {
		return ""
	}
	return "; not to the connection it came from"
}
