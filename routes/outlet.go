package routes

import (
	"slices"

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
	outletKeys = []string{"to", "name", "when", "delivery", "queue", "echo"}
	queueKeys  = []string{"messages", "bytes", "overflow"}
	// laterKeys have their meaning in the design and none in this release.
	laterKeys = []string{"require", "retry", "dead-letter", "order", "ttl", "on-poison", "required", "hold",
		"timeout"}
	overflows = map[string]core.Overflow{
		"block": core.OverflowBlock, "drop-oldest": core.OverflowDropOldest, "drop-newest": core.OverflowDropNewest,
	}
)

// parseOutlet reads the short form, a name, or the long one, a mapping with `to`.
func parseOutlet(ps *core.Problems, route string, v document.Value) (Outlet, bool) {
	o := Outlet{Position: v.Position(), Echo: true,
		Queue: Queue{Messages: DefaultQueueMessages, Bytes: DefaultQueueBytes}}
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
	case "delivery":
		o.readDelivery(ps, e)
	case "queue":
		for _, q := range e.Value.Entries(ps, "queue") {
			o.Queue.read(ps, q)
		}
	case "echo":
		e.Bool(ps, &o.Echo)
	default:
		unknown(ps, e, outletKeys)
	}
}

func (o *Outlet) readDelivery(ps *core.Problems, e document.Entry) {
	word := core.ModeAuto.String()
	e.OneOf(ps, &word, "auto", "live", "acked", "durable")
	switch word {
	case "live":
		o.Delivery = core.ModeLive
	case "acked", "durable":
		ps.Errorf(e.Value.Position(), "available: auto, live", "delivery: %s is not available yet", word)
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
		unknown(ps, e, queueKeys)
	}
}

func unknown(ps *core.Problems, e document.Entry, allowed []string) {
	if slices.Contains(laterKeys, e.Key) {
		ps.Errorf(e.Position(), "available: to, name, when, delivery, queue, echo", "`%s` is not available yet", e.Key)
		return
	}
	e.Unknown(ps, allowed)
}
