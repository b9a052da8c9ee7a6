package sdk

import (
	"context"
	"log/slog"

	"github.com/araldo-relay/araldo/core"
)

// Plugin is what one program offers.
type Plugin struct {
	// Name is the NAME of araldo-plugin-NAME.
	Name string
	// Version of the plugin, for people. A plugin that is built into a program has that program's, and leaves it empty.
	Version string
	Types   []Type
}

// Info describes the plugin as GetInfo does.
func (p Plugin) Info() core.PluginInfo {
	info := core.PluginInfo{Name: p.Name, Version: p.Version}
	for i := range p.Types {
		info.Types = append(info.Types, p.Types[i].info)
	}
	return info
}

// The vocabulary of core that authors need, so that they import this package alone.
type (
	Message      = core.Message
	Header       = core.Header
	Fault        = core.Fault
	Attribute    = core.Attribute
	Attributes   = core.Attributes
	Capabilities = core.Capabilities
	Inbound      = core.Inbound
	Outbound     = core.Outbound
	Conversion   = core.Conversion
	Diagnostic   = core.Diagnostic
	Event        = core.Event
	Failure      = core.Failure
	Inspection   = core.Inspection
	Figure       = core.Figure
	Connection   = core.Connection
	LaneOptions  = core.LaneOptions
	Direction    = core.Direction
	ID           = core.ID
)

// Setting is what an instance's configuration may take from its surroundings.
type Setting struct {
	// Name of the instance.
	Name string
	// ServerPort and Bind are the defaults of endpoints that serve the web.
	ServerPort int
	Bind       string
	// MaxMessage is the hub's limit of a message, bytes with attributes.
	MaxMessage int
	// BaseDir is where relative paths of the configuration start.
	BaseDir string
	// Hub names the hub to the outside: the same after restarts on the same data directory, another for another hub. It
	// matches [a-z0-9]{1,64}, and is empty while a configuration is only checked.
	Hub string
}

// Instance is what a function that opens an endpoint is told besides its configuration.
type Instance struct {
	Setting
	// Incarnation grows with each opening of this name, for ever: ids made of Name, Incarnation and a counter are
	// never used twice.
	Incarnation uint64
	// Enabled is false where the instance starts switched off; what is no Enabler is then closed again at once.
	Enabled bool
	// Inbound and Outbound say which directions routes use.
	Inbound, Outbound bool
	// Log goes to the hub's log under the instance's name. Payloads and secrets do not belong there.
	Log *slog.Logger
	// Report tells the hub news about the other side. It never blocks. An endpoint that is degraded when its open function
	// returns is never taken for ready before; that function may wait for a first answer, for 0.2 s at most.
	Report func(Event)
	// Ask answers questions about other parts of the hub, once the instance is open.
	Ask Hub
}

// Endpoint makes the Type of an endpoint id. open is called once per instance with its checked configuration; what
// it returns must implement Source, Sink or both, as can says. open fails only for what trying again can't mend at
// once, such as a port that is taken: an unreachable remote side is reported with EventDegraded instead. The type
// parameter C is a struct whose fields carry tags; see Schema.
func Endpoint[C any](id, summary string, can Capabilities, open func(context.Context, Instance, C) (Closer, error)) Type {
	return newType(id, summary, core.KindEndpoint, can, func(ctx context.Context, in Instance, config any) (any, error) {
		return open(ctx, in, *config.(*C))
	}, func() any { return new(C) })
}

// Marshalling makes the Type of a marshalling id.
func Marshalling[C any](id, summary string, open func(Setting, C) (Marshaller, error)) Type {
	return newType(id, summary, core.KindMarshalling, Capabilities{}, func(_ context.Context, in Instance, config any) (any, error) {
		return open(in.Setting, *config.(*C))
	}, func() any { return new(C) })
}
