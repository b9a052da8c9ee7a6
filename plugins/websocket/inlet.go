package websocket

import (
	"context"
	"sync/atomic"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// inlet is the way from all connections' readers to the hub. A reader that waits here does not read: that is how a
// hub without credit holds the clients back.
type inlet struct {
	*sdk.Gate

	// shut: nothing is to be read any more.
	shut atomic.Bool
	// busy counts the readers that may be about to emit.
	busy atomic.Int64
	// quiet gets a token when the last busy reader of a shut inlet stops.
	quiet chan struct{}
}

func newInlet(used bool) *inlet {
	return &inlet{Gate: sdk.NewGate(used), quiet: make(chan struct{}, 1)}
}

// rest says that a reader waits for its client.
func (in *inlet) rest() {
	if in.busy.Add(-1) == 0 && in.shut.Load() {
		select {
		case in.quiet <- struct{}{}:
		default:
		}
	}
}

// resume says that a reader has something to work on. If the inlet is shut it waits until done is closed, and returns
// false.
func (in *inlet) resume(done <-chan struct{}) bool {
	in.busy.Add(1)
	if !in.shut.Load() {
		return true
	}
	in.rest()
	<-done
	in.busy.Add(1)
	return false
}

// drain shuts the inlet and waits until all that was read is with the hub.
func (in *inlet) drain(ctx context.Context) error {
	in.shut.Store(true)
	for in.busy.Load() > 0 {
		select {
		case <-in.quiet:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
