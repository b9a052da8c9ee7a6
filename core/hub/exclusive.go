package hub

import (
	"context"
	"errors"
	"sync"
)

// errEnding is why nothing is changed any more.
var errEnding = errors.New("the hub is about to end")

// exclusive lets one change of what runs happen at a time, and none once the hub is about to end. Its methods may be
// called by any goroutine.
type exclusive struct {
	turn chan struct{} // holds one token
	end  chan struct{}
	once sync.Once
}

func newExclusive() *exclusive {
	x := &exclusive{turn: make(chan struct{}, 1), end: make(chan struct{})}
	x.turn <- struct{}{}
	return x
}

// do calls change when no other is under way. The context of change ends with ctx and when the hub is about to end. The
// error is that of change, of ctx, or errEnding.
func (x *exclusive) do(ctx context.Context, change func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	select {
	case <-x.turn:
	case <-x.end:
		return errEnding
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { x.turn <- struct{}{} }()
	if x.ending() {
		return errEnding
	}
	var watching sync.WaitGroup
	defer watching.Wait()
	done := make(chan struct{})
	defer close(done)
	watching.Go(func() {
		select {
		case <-x.end:
			cancel(errEnding)
		case <-done:
		}
	})
	return change(ctx)
}

// ending reports whether the hub is about to end.
func (x *exclusive) ending() bool {
	select {
	case <-x.end:
		return true
	default:
		return false
	}
}

// close makes the change under way end soon and waits for it, until ctx ends.
func (x *exclusive) close(ctx context.Context) error {
	x.once.Do(func() { close(x.end) })
	select {
	case <-x.turn:
		x.turn <- struct{}{}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
