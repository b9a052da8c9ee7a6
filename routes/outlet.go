package routes

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// The bounds of a queue.
const (
	mostQueueMessages = 1_000_000
	leastQueueBytes   = 1 << 10
	mostQueueBytes    = 1 << 30
)

var (
	outletKeys = []string{"to", "name", "when", "delivery", "require", "required", "queue", "retry", "order", "ttl",
		"on-poison", "dead-letter", "hold", "reply-timeout", "echo"}
	queueKeys = []string{"messages", "bytes", "overflow"}
	overflows = map[string]core.Overflow{
		"block": core.OverflowBlock, "drop-oldest": core.OverflowDropOldest, "drop-newest": core.OverflowDropNewest,
	}
)

// parseOutlet reads the short form, a name, or the long one, a mapping with `to`.
func parseOutlet(ps *core.Problems, route string, v document.Value) (Outlet, bool) {
	o := Outlet{Position: v.Position(), Echo: true, Required: true,
		Queue: Queue{Messages: DefaultQueueMessages, Bytes: DefaultQueueBytes},
		Retry: Retry{Initial: DefaultRetryInitial, Max: DefaultRetryMax}}
	switch {
	case v.IsNull():
		ps.Errorf(v.Position(), "write an endpoint's name behind the dash", "route %s has an outlet without a name", route)
		return o, false
	case v.IsScalar():
		o.To = v.Text()
	default:
		for _, e := range v.Entries(ps, "an outlet of route "+route) {
			o.read(ps, e)
		}
	}
	if o.To == "" {
		ps.Errorf(v.Position(), "`to:` names the endpoint that gets the messages", "an outlet of route %s has no `to`", route)
		return o, false
	}
	if o.Name == "" {
		o.Name = o.To
	}
	return o, true
}

func (o *Outlet) read(ps *core.Problems, e document.Entry) {
	if o.Places == nil {
		o.Places = map[string]core.Position{}
	}
	o.Places[e.Key] = e.Value.Position()
	switch e.Key {
	case "to":
		e.String(ps, &o.To)
	case "name":
		e.String(ps, &o.Name)
		if o.Name != "" && !core.ValidName(o.Name) {
			ps.Errorf(e.Value.Position(), document.NameRule, "name: %s is not allowed", e.Value.Show())
		}
	case "when":
		o.When = compile(ps, e.Value)
	case "queue":
		for _, q := range e.Value.Entries(ps, "queue") {
			o.Queue.read(ps, q)
		}
	case "echo":
		e.Bool(ps, &o.Echo)
	default:
		o.readTerms(ps, e)
	}
}

func (q *Queue) read(ps *core.Problems, e document.Entry) {
	switch e.Key {
	case "messages":
		e.Int(ps, &q.Messages, 1, mostQueueMessages)
	case "bytes":
		e.Bytes(ps, &q.Bytes, leastQueueBytes, mostQueueBytes)
	case "overflow":
		word := ""
		e.OneOf(ps, &word, "block", "drop-oldest", "drop-newest")
		q.Overflow = overflows[word]
	default:
		e.Unknown(ps, queueKeys)
	}
}
