package sdk

import (
	"context"
	"errors"
	"sync/atomic"
)

// Gate is the way to the hub for endpoints whose connections outlive Receive, which Directors are: readers deliver
// through it whether routes read the endpoint or not. Make it by NewGate. Its methods may be called by any goroutine.
type Gate struct{ time atomic.Pointer[gateTime] }

// gateTime is a time in which routes read the endpoint, or do not.
type gateTime struct {
	used bool
	// open is closed when Receive was called with ctx and emit, or never will be.
	open chan struct{}
	ctx  context.Context
	emit Emit
}

// NewGate takes Instance.Inbound.
func NewGate(used bool) *Gate {
	g := &Gate{}
	g.time.Store(&gateTime{used: used, open: make(chan struct{})})
	return g
}

var errUnread = errors.New("no route reads the endpoint")

// SetDirections is for the Director.
func (g *Gate) SetDirections(inbound bool) {
	before := g.time.Load()
	if before.used == inbound {
		return
	}
	g.time.Store(&gateTime{used: inbound, open: make(chan struct{})})
	before.begin(context.Background(), func(context.Context, []Message, ...string) error { return errUnread })
}

// Receive is for the Source: it lets what readers deliver through to emit until ctx ends.
func (g *Gate) Receive(ctx context.Context, emit Emit) error {
	next := &gateTime{used: true, open: make(chan struct{})}
	next.begin(ctx, emit)
	g.time.Swap(next).begin(ctx, emit)
	<-ctx.Done()
	return nil
}

// begin lets deliveries go on that wait for Receive. Receive and SetDirections, which are never called together, call it.
func (t *gateTime) begin(ctx context.Context, emit Emit) {
	select {
	case <-t.open:
	default:
		t.ctx, t.emit = ctx, emit
		close(t.open)
	}
}

// Deliver hands messages to the hub, waiting for Receive and for the hub's credit, and reports whether it has them. They
// are nobody's where no route reads the endpoint, also when routes cease to meanwhile. It gives up when done is closed,
// while it waits for Receive.
func (g *Gate) Deliver(messages []Message, done <-chan struct{}) bool {
	t := g.time.Load()
	if !t.used {
		return false
	}
	select {
	case <-t.open:
		return t.emit(t.ctx, messages) == nil
	case <-done:
		return false
	}
}
