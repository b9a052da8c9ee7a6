package client

import (
	"context"
	"sync"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// intake is the way from the readers to the hub. The connection's reader holds the turn save while it waits for the
// server: so messages of two connections don't mix, and one that wants all of it to be with the hub takes the turn.
type intake struct {
	// used: routes read this endpoint. Otherwise Receive is never called and what the server sends is discarded.
	used bool
	// over is closed when the endpoint ends.
	over <-chan struct{}
	// ready is closed when Receive was called; ctx and emit are its arguments.
	ready chan struct{}
	once  sync.Once
	ctx   context.Context
	emit  sdk.Emit
	turn  chan struct{} // capacity 1
}

func newIntake(used bool, over <-chan struct{}) *intake {
	return &intake{used: used, over: over, ready: make(chan struct{}), turn: make(chan struct{}, 1)}
}

// open lets messages through to emit while ctx lasts.
func (in *intake) open(ctx context.Context, emit sdk.Emit) {
	in.once.Do(func() {
		in.ctx, in.emit = ctx, emit
		close(in.ready)
	})
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

// deliver hands messages to the hub, waiting for Receive and for the hub's credit, and reports whether it has them. That
// their connection has ended meanwhile is no reason to lose them. The caller has the turn.
func (in *intake) deliver(messages []sdk.Message) bool {
	if !in.used {
		return false
	}
	select {
	case <-in.ready:
	case <-in.over:
		return false
	}
	return in.emit(in.ctx, messages) == nil
}

// drain keeps the turn for good: what was read is with the hub, and nothing more is.
func (in *intake) drain(ctx context.Context) error {
	select {
	case in.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
