package redis

import (
	"context"
	"sync/atomic"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// streaming is one instance that reads from a stream, adds to it, or both.
type streaming struct {
	reader reader
	adder  adder
	watch  *watch
	// leave gives the embedded server back.
	leave func()
}

func newStreaming(ctx context.Context, t *target, leave func(), in sdk.Instance, c *config, timing timing) *streaming {
	l := &link{target: t, report: in.Report, log: in.Log}
	l.greet(ctx, in, readingStream, timing)
	e := &streaming{
		reader: reader{
			streamConfig: c.streamConfig, target: t, link: l, timing: timing, log: in.Log, report: in.Report,
			limit: in.MaxMessage, base: streamBase(in.Name, c.Stream), sessions: pool{target: t}, portion: firstPortion,
		},
		adder: adder{pool: pool{target: t}, stream: c.Stream, maxLen: c.MaxLen, link: l},
		leave: leave,
	}
	if e.reader.Consumer == "" {
		e.reader.Consumer = consumer(in)
	}
	e.watch = newWatch(&e.adder.pool, l, timing)
	e.adder.failed = e.watch.hurry
	if in.Outbound {
		e.watch.start()
	}
	return e
}

// Receive reads as a member of the group until ctx ends. Redis being away is no failure: it is tried again.
func (e *streaming) Receive(ctx context.Context, emit sdk.Emit) error {
	return e.reader.receive(ctx, emit)
}

// Settle acknowledges what is settled, and waits for Redis to take that as long as ctx stands. What is returned is read
// again.
func (e *streaming) Settle(ctx context.Context, settled, returned []string) error {
	return e.reader.settle(ctx, settled, returned)
}

// Lane gives an outlet a sink of its own.
func (e *streaming) Lane(o sdk.LaneOptions) (sdk.Sink, error) {
	lane := adderLane{adder: &e.adder}
	if o.Strict {
		return &strictLane{lane}, nil
	}
	return &lane, nil
}

// SetDirections implements sdk.Director.
func (e *streaming) SetDirections(_ context.Context, inbound, outbound bool) error {
	e.watch.direct(outbound)
	if !outbound {
		e.watch.link.drop(addingToStream)
	}
	if !inbound {
		e.watch.link.drop(readingStream)
	}
	return nil
}

// Close ends the watch, the idle connections and, with its last user, the embedded server. What was read and is not
// settled stays pending at Redis.
func (e *streaming) Close(context.Context, sdk.CloseReason) error {
	e.watch.stop()
	e.adder.close()
	e.reader.sessions.close()
	e.leave()
	return nil
}

// Inspect gives the endpoint's figures.
func (e *streaming) Inspect() sdk.Inspection {
	f := &e.reader.figures
	list := []sdk.Figure{
		{Name: "added", Value: int64(e.adder.added.Load()), Counter: true},
		{Name: "unmapped", Value: int64(e.adder.unmapped.Load() + f.unmapped.Load()), Counter: true},
	}
	if e.reader.Group == "" {
		return e.adder.target.figures(list...)
	}
	for _, counter := range []struct {
		name  string
		value *atomic.Uint64
	}{
		{"received", &f.received}, {"again", &f.again}, {"claimed", &f.claimed}, {"acknowledged", &f.acknowledged},
		{"poison", &f.poison}, {"oversized", &f.oversized}, {"deleted", &f.deleted}, {"gaps", &f.gaps},
	} {
		list = append(list, sdk.Figure{Name: counter.name, Value: int64(counter.value.Load()), Counter: true})
	}
	list = append(list, sdk.Figure{Name: "held", Value: int64(e.reader.held.count())})
	return e.adder.target.figures(list...)
}

// consumer is the reader's name where none is configured: it finds its pending entries again after a restart, and takes
// no other hub's.
func consumer(in sdk.Instance) string {
	if in.Hub == "" {
		return "araldo-" + in.Name
	}
	return "araldo-" + in.Hub + "-" + in.Name
}
