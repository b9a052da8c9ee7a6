// Package routes is the route table as the configuration writes it: it is parsed, checked and explained here. It does
// no input or output.
package routes

import "github.com/araldo-relay/araldo/core"

// The defaults of an outlet's queue.
const (
	DefaultQueueMessages = 1024
	DefaultQueueBytes    = 8 << 20
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
	// Delivery is what the file says; Mode says what comes of it.
	Delivery core.Mode
	Queue    Queue
	// Echo: false leaves out the connection that a message came from.
	Echo bool
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
