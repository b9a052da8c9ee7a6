package core

import (
	"errors"
	"strconv"
	"time"
)

// The attributes of a dead letter beside its message's own.
const (
	AttributeDeadRoute    = "deadroute"    // the inbound endpoint of the route that it came by
	AttributeDeadOutlet   = "deadoutlet"   // the outlet's name in it
	AttributeDeadReason   = "deadreason"   // a Reason's name
	AttributeDeadAttempts = "deadattempts" // how often the endpoint was given it
	AttributeDeadFirst    = "deadfirst"    // when the first attempt was, in DeadTime; without one when it was given up
	AttributeDeadLast     = "deadlast"     // when the last was
	AttributeDeadError    = "deaderror"    // the last failure in words
)

// DeadTime is the layout of times in attributes of dead letters: RFC 3339 in UTC with milliseconds.
const DeadTime = "2006-01-02T15:04:05.000Z07:00"

// DeadLetter is what the attributes of a dead letter say.
type DeadLetter struct {
	Route, Outlet, Reason string
	Attempts              uint64
	First, Last           time.Time
	Error                 string
}

// deadAttribute reports whether the attribute is one of a dead letter's.
func deadAttribute(name string) bool {
	switch name {
	case AttributeDeadRoute, AttributeDeadOutlet, AttributeDeadReason, AttributeDeadAttempts, AttributeDeadFirst,
		AttributeDeadLast, AttributeDeadError:
		return true
	}
	return false
}

// HubAttribute reports whether only the hub may set the attribute, and no endpoint.
func HubAttribute(name string) bool {
	return name == "id" || name == "source" || name == "time" || deadAttribute(name)
}

// Stamp is what a message's attributes are with those of its dead letter, which replace any of the same name.
func (d *DeadLetter) Stamp(as Attributes) Attributes {
	list := append(make([]Attribute, 0, len(as)+7), as...)
	return NewAttributes(append(list,
		Attribute{AttributeDeadRoute, d.Route},
		Attribute{AttributeDeadOutlet, d.Outlet},
		Attribute{AttributeDeadReason, d.Reason},
		Attribute{AttributeDeadAttempts, strconv.FormatUint(d.Attempts, 10)},
		Attribute{AttributeDeadFirst, d.First.UTC().Format(DeadTime)},
		Attribute{AttributeDeadLast, d.Last.UTC().Format(DeadTime)},
		Attribute{AttributeDeadError, d.Error},
	)...)
}

// ReadDeadLetter takes the attributes of a dead letter out: rest is the message's own. Where one is missing or no value
// that Stamp writes, the message is no dead letter, found is false and rest is all.
func ReadDeadLetter(as Attributes) (d DeadLetter, rest Attributes, found bool) {
	values := map[string]string{}
	for _, a := range as {
		if deadAttribute(a.Name) {
			values[a.Name] = a.Value
		} else {
			rest = append(rest, a)
		}
	}
	attempts, errAttempts := strconv.ParseUint(values[AttributeDeadAttempts], 10, 64)
	first, errFirst := time.Parse(DeadTime, values[AttributeDeadFirst])
	last, errLast := time.Parse(DeadTime, values[AttributeDeadLast])
	d = DeadLetter{Route: values[AttributeDeadRoute], Outlet: values[AttributeDeadOutlet],
		Reason: values[AttributeDeadReason], Attempts: attempts, First: first, Last: last, Error: values[AttributeDeadError]}
	if errors.Join(errAttempts, errFirst, errLast) != nil || d.Route == "" || d.Outlet == "" || d.Reason == "" {
		return DeadLetter{}, as, false
	}
	return d, rest, true
}
