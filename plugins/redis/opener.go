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
	sdk.Endpoint("endpoint-redis", "reads and adds to streams, or publishes and subscribes to channels, of a Redis server",
		most, new(opener).open),
}}

// most is the most that an endpoint can do: a stream with a group, at a Redis that syncs each write.
var most = sdk.Capabilities{
	Inbound:  &sdk.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending, Pausable: true},
	Outbound: &sdk.Outbound{Confirm: core.ConfirmPersisted},
}

// opener opens endpoints; those of one process share its embedded servers.
type opener struct{ embedded embedded }

func (o *opener) open(ctx context.Context, in sdk.Instance, c config) (sdk.Closer, error) {
	if c.Stream != "" {
		return closer(o.openStream(ctx, in, c, usual))
	}
	return closer(o.openWith(ctx, in, c, usual))
}

// closer keeps an endpoint that is none from becoming a Closer that is one.
func closer[E sdk.Closer](e E, err error) (sdk.Closer, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

// openWith opens an endpoint of channels. It waits for Redis for timing.greet at most.
func (o *opener) openWith(ctx context.Context, in sdk.Instance, c config, timing timing) (*endpoint, error) {
	t, leave, err := o.target(in, &c)
	if err != nil {
		return nil, err
	}
	return newEndpoint(ctx, t, leave, in, &c, timing), nil
}

// openStream opens an endpoint of a stream. It waits for Redis for timing.greet at most.
func (o *opener) openStream(ctx context.Context, in sdk.Instance, c config, timing timing) (*streaming, error) {
	t, leave, err := o.target(in, &c)
	if err != nil {
		return nil, err
	}
	return newStreaming(ctx, t, leave, in, &c, timing), nil
}

// target is the server that the endpoint speaks to, with the address of the embedded one in place of what was asked for.
// leave gives that back.
func (o *opener) target(in sdk.Instance, c *config) (t *target, leave func(), err error) {
	logging.Disable() // the library would repeat each failed attempt on stderr
	parsed, _ := parseTarget(c)
	if !parsed.embedded {
		return &parsed, func() {}, nil
	}
	listen := parsed.address
	address, started, err := o.embedded.use(listen)
	if err != nil {
		return nil, nil, err
	}
	parsed.address = address
	if started {
		in.Log.Info("embedded Redis is listening", "address", address)
	}
	return &parsed, func() { o.embedded.leave(listen) }, nil
}

// figures is the port of an embedded server, behind others.
func (t *target) figures(list ...sdk.Figure) sdk.Inspection {
	if t.embedded {
		_, port, _ := net.SplitHostPort(t.address)
		number, _ := strconv.ParseInt(port, 10, 64)
		list = append(list, sdk.Figure{Name: "port", Value: number})
	}
	return sdk.Inspection{Figures: list}
}
