package websocket

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// inlet is the way from all connections' readers to the hub. A reader that waits here does not read: that is how a
// hub without credit holds the clients back.
type inlet struct {
	// used: routes read this endpoint. Otherwise Receive is never called and what clients send is discarded.
	used bool
	// ready is closed when Receive was called; ctx and emit are its arguments.
	ready chan struct{}
	once  sync.Once
	ctx   context.Context
	emit  sdk.Emit

	// shut: nothing is to be read any more.
	shut atomic.Bool
	// busy counts the readers that may be about to emit.
	busy atomic.Int64
	// quiet gets a token when the last busy reader of a shut inlet stops.
	quiet chan struct{}
}

func newInlet(used bool) *inlet {
	return &inlet{used: used, ready: make(chan struct{}), quiet: make(chan struct{}, 1)}
}

// open lets messages through to emit while ctx lasts.
func (in *inlet) open(ctx context.Context, emit sdk.Emit) {
	in.once.Do(func() {
		in.ctx, in.emit = ctx, emit
		close(in.ready)
	})
}

// deliver hands messages to the hub, waiting for its credit, and reports whether it has them. It gives up when the
// inlet's context ends or done is closed.
func (in *inlet) deliver(messages []sdk.Message, done <-chan struct{}) bool {
	if !in.used {
		return false
	}
	select {
	case <-in.ready:
		return in.emit(in.ctx, messages) == nil
	case <-done:
		return false
	}
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
