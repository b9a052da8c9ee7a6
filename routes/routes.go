// Package routes is the route table as the configuration writes it: it is parsed, checked and explained here. It does
// no input or output.
package routes

import (
	"time"

	"github.com/araldo-relay/araldo/core"
)

// The defaults of an outlet's queue and of its pauses between attempts.
const (
	DefaultQueueMessages = 1024
	DefaultQueueBytes    = 8 << 20
	DefaultRetryInitial  = 200 * time.Millisecond
	DefaultRetryMax      = 30 * time.Second
)

// Route is one inbound endpoint and where its messages go.
type Route struct {
	// Inbound is the endpoint's name.
	Inbound  string
	Position core.Position
	Outlets  []Outlet
}

// Outlet is one outbound endpoint of a route, with its options.
type Outlet struct {
	// Name is the outlet's identity within its route: To, unless `name` says otherwise.
	Name string
	// To is the endpoint's name.
	To       string
	Position core.Position
	// When lets only some messages through; nil: all.
	When *Filter
	// Delivery is what the file says; PromiseOf says what comes of it.
	Delivery core.Mode
	// Require is what the outlet must give at least; the configuration is refused where it can't.
	Require core.Guarantee
	// Required: the source is acked only when an acked outlet has settled. Where it is false nothing waits for the outlet.
	Required bool
	Queue    Queue
	Retry    Retry
	Order    core.Order
	// TTL is how long a message may wait, from receipt on; 0 is for ever.
	TTL      time.Duration
	OnPoison core.OnPoison
	// DeadLetter is the name of the endpoint that takes what To never can; empty: there is none.
	DeadLetter string
	// Hold bounds what is kept for a target that has not been ready yet; zero: nothing beyond the queue.
	Hold Hold
	// ReplyTimeout makes requests of the messages: one reply to each reaches who sent it, if it comes in that time; 0: they
	// are none.
	ReplyTimeout time.Duration
	// Echo: false leaves out the connection that a message came from.
	Echo bool
	// Places are where the values of the outlet's keys stand; the short form has none.
	Places map[string]core.Position
}

// at is where the value of a key stands, or the outlet where it has none.
func (o *Outlet) at(key string) core.Position {
	if place, given := o.Places[key]; given {
		return place
	}
	return o.Position
}

// Retry bounds the pauses between attempts: a random part of Initial at first, doubled up to Max.
type Retry struct{ Initial, Max time.Duration }

// Hold bounds what waits for a target that is still starting.
type Hold struct {
	Messages int
	Age      time.Duration
}

// Queue bounds what waits for one outlet. What is full first counts.
type Queue struct {
	Messages, Bytes int
	Overflow        core.Overflow
}

// End is an endpoint as the routes need to know it.
type End struct {
	Name string
	// Marshalling is the name of the endpoint's marshalling, empty where it has none.
	Marshalling  string
	Capabilities core.Capabilities
	// SpeaksTo and HearsFrom are the places outside that it claims, see core.Assessment.
	SpeaksTo, HearsFrom []string
	// Envelope: its marshalling has one. TrustsHops: the number of hops that messages bring along is believed.
	Envelope, TrustsHops bool
}
