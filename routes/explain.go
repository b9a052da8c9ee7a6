package routes

import (
	"fmt"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// Plain says in one line how the outlet is served: mode, guarantee, ceiling and reason, its queue, and what its other keys
// cost.
func (s Served) Plain() string {
	to := s.To
	if s.Name != s.To {
		to += " (" + s.Name + ")"
	}
	return fmt.Sprintf("%s -> %s: %s, %s, ceiling %s, because %s; up to %d messages or %s wait, then %s%s", s.Inbound, to, s.Mode,
		s.Guarantee, s.Ceiling, s.Reason, s.Queue.Messages, document.FormatBytes(s.Queue.Bytes), overflowWords[s.Overflow(s.Outlet)],
		s.costs()+echoWords(s.Outlet)+whenWords(s.Outlet)+replyWords(s.Outlet))
}

var overflowWords = map[core.Overflow]string{
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

func replyWords(o Outlet) string {
	if o.ReplyTimeout == 0 {
		return ""
	}
	return "; a reply within " + document.FormatDuration(o.ReplyTimeout) + " goes to who asked"
}

func echoWords(o Outlet) string {
	if o.Echo {
		return ""
	}
	return "; not to the connection it came from"
}
