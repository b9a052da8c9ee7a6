package redis

import (
	"context"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// capabilities of pub/sub: it keeps nothing, so nothing can be acknowledged or come again, and a subscriber that does not
// read is cut by Redis, so waiting loses messages: not pausable. Redis answers each PUBLISH once it has handed the
// message to all subscribers, and answers also where there are none and the message is gone: no more than written.
var capabilities = sdk.Capabilities{
	Inbound: &sdk.Inbound{Ack: core.AckNone, Replay: core.ReplayNone,
		Limit: "Redis pub/sub can't redeliver what was published while disconnected"},
	Outbound: &sdk.Outbound{Confirm: core.ConfirmWritten,
		Limit: "Redis pub/sub keeps no message: PUBLISH is answered when the subscribers, if there are any, have been handed it"},
}

// newEndpoint makes an endpoint of channels and, for a target, starts the watch over the server.
func newEndpoint(ctx context.Context, t *target, leave func(), in sdk.Instance, c *config, timing timing) *endpoint {
	e := &endpoint{target: t, leave: leave}
	l := &link{target: t, report: in.Report, log: in.Log}
	l.greet(ctx, in, subscribing, timing)
	e.source = source{target: t, link: l, timing: timing, report: in.Report, channels: c.names(), pattern: c.Pattern,
		headers: headers{pattern: c.Pattern}}
	e.sink = c.sink(t)
	e.watch = newWatch(&e.sink.pool, l, timing)
	e.sink.failed = e.watch.hurry
	if in.Outbound {
		e.watch.start()
	}
	return e
}

// endpoint is one instance: a subscription, a publisher, or both.
type endpoint struct {
	target *target
	source source
	sink   sink
	watch  *watch
	// leave gives the embedded server back.
	leave func()
}

// Receive subscribes and hands on what comes until ctx ends. Redis being away is no failure: it is tried again.
func (e *endpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	return e.source.receive(ctx, emit)
}

// Send publishes the messages in order and returns when Redis has answered for all.
func (e *endpoint) Send(ctx context.Context, messages []sdk.Message) error {
	return e.sink.send(ctx, messages)
}

// SetDirections implements sdk.Director.
func (e *endpoint) SetDirections(_ context.Context, inbound, outbound bool) error {
	e.watch.direct(outbound)
	if !inbound {
		e.watch.link.drop(subscribing)
	}
	return nil
}

// Drain ends the subscription; whatever Redis handed over before is with the hub when it returns. Outbound there is
// nothing to do: Send returns when all is published.
func (e *endpoint) Drain(ctx context.Context, direction sdk.Direction) error {
	if direction == core.DirectionInbound {
		return e.source.draining.drain(ctx)
	}
	return nil
}

// Close ends the watch, the idle connections and, with its last user, the embedded server.
func (e *endpoint) Close(context.Context, sdk.CloseReason) error {
	e.watch.stop()
	e.sink.close()
	e.leave()
	return nil
}

// Inspect gives the endpoint's figures.
func (e *endpoint) Inspect() sdk.Inspection {
	return e.target.figures(
		sdk.Figure{Name: "received", Value: int64(e.source.received.Load()), Counter: true},
		sdk.Figure{Name: "gaps", Value: int64(e.source.gaps.Load()), Counter: true},
		sdk.Figure{Name: "unnameable", Value: int64(e.source.unnameable.Load()), Counter: true},
		sdk.Figure{Name: "published", Value: int64(e.sink.published.Load()), Counter: true},
		sdk.Figure{Name: "unheard", Value: int64(e.sink.unheard.Load()), Counter: true},
	)
}
