package metrics

import (
	"context"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// Hub is what is measured. Its methods may be called by any goroutine at any time.
type Hub interface {
	// Measure reads the hub at one moment. It blocks until ctx ends at most, for endpoints that don't answer.
	Measure(ctx context.Context) Measurement
	// Readiness says whether messages can flow. It asks nobody.
	Readiness() Readiness
}

// Measurement is a hub at one moment. Each outlet's account is of one moment of that outlet.
type Measurement struct {
	Version      string
	Reload       Reload
	Outlets      []Outlet
	Endpoints    []Endpoint
	Marshallings []Marshalling
	Plugins      []Plugin
}

// Reload is what became of the newest reload of the configuration; the hub's start counts as one.
type Reload struct {
	Failed bool
	// Success is when the configuration that holds was taken.
	Success time.Time
}

// Outlet is one outlet: Route is its inbound endpoint, To its target, Mode its delivery.
type Outlet struct {
	Route, Name, To, Mode string
	core.Snapshot
	// LimitMessages and LimitBytes bound its queue; Overflow is what happens there.
	LimitMessages, LimitBytes int
	Overflow                  string
	// Requests are what its messages are; nil: they are none.
	Requests *Requests
}

// Requests are what became of an outlet's messages as requests: Asked is the sum of the others.
type Requests struct{ Asked, Pending, Answered, TimedOut, Displaced uint64 }

// Endpoint is one endpoint.
type Endpoint struct {
	Name, ID, Plugin string
	State            core.State
	Enabled          bool
	Restarts         int

	Received, ReceivedBytes, Unrouted, Gaps, Missed uint64
	// Rejected counts by reason.
	Rejected map[string]uint64
	// Figures are the endpoint's own; nil where it did not answer in time or has no process now.
	Figures []core.Figure
	// Unanswered counts the scrapes for which it did not tell its figures.
	Unanswered uint64
}

// Marshalling is one marshalling.
type Marshalling struct {
	Name, ID, Plugin         string
	State                    core.State
	Restarts                 int
	Decoded, Encoded, Failed uint64
	Rejected                 map[string]uint64
}

// Plugin is one plugin process.
type Plugin struct {
	Name, Version string
	State         core.State
	// Restarts counts the starts after its process had ended, Replaced those by plan.
	Restarts, Replaced int
	// PID is 0 while no process runs.
	PID int
	// Heard is how long ago the quietest of its streams last brought a frame; negative where there is none.
	Heard time.Duration
}

// Readiness says whether messages can flow: whether all that enabled routes need is ready.
type Readiness struct {
	Ready bool `json:"ready"`
	// Cause says what the hub itself is doing where it is not running: starting, or draining.
	Cause     string  `json:"cause,omitempty"`
	Endpoints []Needs `json:"endpoints"`
	// Marshallings are those that such endpoints use.
	Marshallings []Needs `json:"marshallings"`
}

// Needs is one endpoint or marshalling. Its JSON names are a promise: they are added to, never changed.
type Needs struct {
	Name  string    `json:"name"`
	State string    `json:"state"`
	Since time.Time `json:"since"`
	Cause string    `json:"cause,omitempty"`
	// Needed: it must be ready for the hub to be. What is switched off, or in no route, need not.
	Needed bool `json:"needed"`
}
