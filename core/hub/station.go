package hub

import (
	"context"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// station is where an endpoint's messages come from and go to: its plugin (*host.Endpoint, where the methods' contracts
// stand), or the hub itself (*reporter). It is wider than one use needs, so that nothing else has to tell the two apart.
type station interface {
	AddLane(core.LaneOptions, core.LaneUser)
	RemoveLane(core.LaneUser)
	Open(context.Context) error
	SetDirections(ctx context.Context, inbound, outbound bool) error
	SetEnabled(context.Context, bool) error
	Drain(context.Context, core.Direction) error
	Close(context.Context, host.CloseReason) error
	Inject(core.Message, core.Ticket) (core.ID, error)
	Inspect(context.Context) (core.Inspection, error)
	Status() host.EndpointStatus
}

// ownPlugin stands in status where other endpoints have their plugin's name.
const ownPlugin = "hub"

// OwnTypes are the ids that the hub offers itself, without a plugin. They can be had in every configuration.
func OwnTypes() []core.TypeInfo { return []core.TypeInfo{statusType} }

// isOwn reports whether the hub itself offers an id.
func isOwn(id string) bool { return id == statusType.ID }
