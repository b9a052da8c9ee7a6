package redis

import (
	"context"
	"net"
	"strconv"

	"github.com/redis/go-redis/v9/logging"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Plugin offers endpoint-redis.
var Plugin = sdk.Plugin{Name: "redis", Types: []sdk.Type{
	sdk.Endpoint("endpoint-redis", "publishes to and subscribes to channels of a Redis server", capabilities,
		new(opener).open),
}}

// capabilities: pub/sub keeps nothing, so nothing can be acknowledged or come again, and a subscriber that does not
// read is cut by Redis, so waiting loses messages: not pausable. Redis answers each PUBLISH once it has handed the
// message to all subscribers: accepted.
var capabilities = sdk.Capabilities{
	Inbound:  &sdk.Inbound{Ack: core.AckNone, Replay: core.ReplayNone},
	Outbound: &sdk.Outbound{Confirm: core.ConfirmAccepted},
}

// opener opens endpoints; those of one process share its embedded servers.
type opener struct{ embedded embedded }

func (o *opener) open(_ context.Context, in sdk.Instance, c config) (sdk.Closer, error) {
	return o.openWith(in, c, usual)
}

// openWith starts what must listen and, for a target, the watch over the server. It never waits for Redis.
func (o *opener) openWith(in sdk.Instance, c config, timing timing) (*endpoint, error) {
	logging.Disable() // the library would repeat each failed attempt on stderr
	t, _ := parseTarget(&c)
	e := &endpoint{target: &t, leave: func() {}}
	if t.embedded {
		if err := o.host(&t, in, e); err != nil {
			return nil, err
		}
	}
	l := &link{target: &t, report: in.Report, log: in.Log}
	e.source = source{target: &t, link: l, timing: timing, report: in.Report, channels: c.names(), pattern: c.Pattern,
		headers: headers{pattern: c.Pattern}}
	e.sink = c.sink(&t)
	e.watch = &watch{sink: &e.sink, link: l, timing: timing, poke: make(chan struct{}, 1)}
	e.sink.failed = e.watch.hurry
	if in.Outbound {
		e.watch.start()
	}
	return e, nil
}

// host puts the address of the embedded server in place of what was asked for.
func (o *opener) host(t *target, in sdk.Instance, e *endpoint) error {
	listen := t.address
	address, started, err := o.embedded.use(listen)
	if err != nil {
		return err
	}
	t.address = address
	e.leave = func() { o.embedded.leave(listen) }
	if started {
		in.Log.Info("embedded Redis is listening", "address", address)
	}
	return nil
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
	figures := []sdk.Figure{
		{Name: "received", Value: int64(e.source.received.Load()), Counter: true},
		{Name: "gaps", Value: int64(e.source.gaps.Load()), Counter: true},
		{Name: "unnameable", Value: int64(e.source.unnameable.Load()), Counter: true},
		{Name: "published", Value: int64(e.sink.published.Load()), Counter: true},
		{Name: "unheard", Value: int64(e.sink.unheard.Load()), Counter: true},
	}
	if e.target.embedded {
		_, port, _ := net.SplitHostPort(e.target.address)
		number, _ := strconv.ParseInt(port, 10, 64)
		figures = append(figures, sdk.Figure{Name: "port", Value: number})
	}
	return sdk.Inspection{Figures: figures}
}
