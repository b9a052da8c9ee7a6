package client

import (
	"context"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// intake is the way from the readers to the hub. The connection's reader holds the turn save while it waits for the
// server: so messages of two connections don't mix, and one that wants all of it to be with the hub takes the turn.
type intake struct {
	*sdk.Gate
	// over is closed when the endpoint ends.
	over <-chan struct{}
	turn chan struct{} // capacity 1
}

func newIntake(used bool, over <-chan struct{}) *intake {
	return &intake{Gate: sdk.NewGate(used), over: over, turn: make(chan struct{}, 1)}
}

// acquire takes the turn and reports whether it has it; not when the connection ends first.
func (in *intake) acquire(parting <-chan struct{}) bool {
	select {
	case in.turn <- struct{}{}:
		return true
	case <-parting:
		return false
	}
}

func (in *intake) release() { <-in.turn }

// deliver hands messages to the hub as Gate.Deliver does. That their connection has ended meanwhile is no reason to lose
// them. The caller has the turn.
func (in *intake) deliver(messages []sdk.Message) bool { return in.Deliver(messages, in.over) }

// drain keeps the turn for good: what was read is with the hub, and nothing more is.
func (in *intake) drain(ctx context.Context) error {
	select {
	case in.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
