package host

import (
	"cmp"
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// Instance is one entry of the configuration that a plugin serves.
type Instance struct {
	Name, ID string
	// Alias is what its plugin knows it by, so that two of the same name can be open beside each other; empty: Name.
	Alias string
	// Config is the instance's own keys as one JSON object.
	Config []byte
	// ServerPort and Bind are the defaults of endpoints that serve the web; BaseDir is where relative paths start.
	ServerPort int
	Bind       string
	BaseDir    string
	// Capabilities are what it can do, by Validate; zero: what its id can do.
	Capabilities core.Capabilities
	// Enabled is how it starts; SetEnabled changes it for good.
	Enabled bool
	// Inbound and Outbound are the directions that routes use at first; SetDirections changes them.
	Inbound, Outbound bool
	// Trust names the attributes, of `to`, `hops` and `correlation`, that its messages may bring along.
	Trust []string
	// Timeout is how long a marshalling may take for a batch; 0: DefaultTimeout.
	Timeout time.Duration
}

// Inlet takes what an inbound endpoint received.
type Inlet interface {
	// Accept is called by one goroutine at a time, in the order of receipt, beside those that Inject, and never blocks. The batch's Ticket is
	// never nil: Queued, told once, lets the source send that much more; Settled says which messages are settled for
	// good. Ids, source and time are stamped.
	Accept(batch core.Batch)
}

// CloseReason is why an endpoint ends, for its clients.
type CloseReason uint8

// The reasons for closing.
const (
	CloseShutdown CloseReason = iota + 1 // the hub ends
	CloseRemoved                         // no longer configured
	CloseRestart                         // it comes back at once in another process
)

func (i *Instance) alias() string { return cmp.Or(i.Alias, i.Name) }

// config is the instance for the wire.
func (h *Host) config(i Instance) *pluginv1.InstanceConfig {
	return &pluginv1.InstanceConfig{Name: i.alias(), Id: i.ID, ConfigJson: i.Config, Environment: &pluginv1.Environment{
		ServerPort: uint32(i.ServerPort), Bind: i.Bind, MaxMessage: uint32(h.options.MaxMessage), BaseDir: i.BaseDir,
		Hub: h.options.Hub,
	}}
}
