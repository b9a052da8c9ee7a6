package host

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// errReopened is why a stream ends whose plugin can't change an instance's directions while it is open.
var errReopened = errors.New("the endpoint is opened anew, because routes use it in another way")

// SetDirections tells the endpoint that routes begin or cease to use a direction; its other lanes and its connections
// stay. It returns when an inbound that ends has stopped reading and all that it read is with the inlet. On an error it
// goes on as before. While its plugin is down that takes effect when it is back. An endpoint whose plugin can't do this is
// opened anew.
func (e *Endpoint) SetDirections(ctx context.Context, inbound, outbound bool) error {
	if e.inbound.Load() == inbound && e.outbound.Load() == outbound {
		return nil
	}
	return e.call(ctx, func(ctx context.Context) error {
		reopen, err := e.redirect(ctx, inbound, outbound)
		if err != nil {
			return err
		}
		e.direct(inbound, outbound, reopen)
		return nil
	})
}

// redirect tells the plugin of the directions. reopen: it closed the instance, since it can't change it.
func (e *Endpoint) redirect(ctx context.Context, inbound, outbound bool) (reopen bool, err error) {
	proc, name := e.opened, e.instance.alias()
	if proc == nil || proc.ended() {
		return false, nil
	}
	request := &pluginv1.SetDirectionsRequest{Name: name, Inbound: inbound, Outbound: outbound}
	_, err = proc.client.SetDirections(ctx, request)
	if status.Code(err) == codes.Unimplemented {
		e.roster.share()
		err = e.part(ctx, proc, CloseRestart)
		reopen = err == nil
	}
	if proc.fate(err) != nil && !proc.ended() {
		return false, err
	}
	return reopen, nil
}

// direct makes the directions those of the stream that stands and of all that come.
func (e *Endpoint) direct(inbound, outbound, reopen bool) {
	r := &e.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	begins := inbound && !e.inbound.Load()
	e.inbound.Store(inbound)
	e.outbound.Store(outbound)
	switch {
	case r.stream == nil:
	case reopen:
		e.planned.Store(true)
		r.stream.cancel(errReopened)
	case begins && e.receives():
		r.receive()
	}
}
