package hub

import (
	"context"
	"fmt"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// desk answers what plugins ask about other parts of the hub.
type desk struct{ *Hub }

// Lookup implements host.Desk. Who asks may be open before all are: it waits until the first relay works.
func (d desk) Lookup(ctx context.Context, asker, name string) (core.Found, error) {
	for started := false; ; {
		r, err := d.atWork(ctx)
		if err != nil {
			return core.Found{}, err
		}
		e := r.endpoint(name)
		if e == nil {
			return core.Found{}, fmt.Errorf("%w: there is no endpoint %q", core.ErrUnknown, name)
		}
		switch e.Status().State {
		case core.StateDraining, core.StateStopped:
			return core.Found{}, fmt.Errorf("%w: endpoint %s is about to end", core.ErrStopping, name)
		}
		if e.enabled.Load() {
			return e.found(started, d.mask), nil
		}
		if started, err = d.startFor(ctx, asker, r, e); err != nil {
			return core.Found{}, err
		}
	}
}

// atWork is the relay that works, as soon as there is one. The error says that the hub is ending, or that ctx has ended.
func (d desk) atWork(ctx context.Context) (*relay, error) {
	select {
	case <-d.works:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: the hub is starting", core.ErrUnavailable)
	}
	if d.changes.ending() {
		return nil, fmt.Errorf("%w: the hub is about to end", core.ErrStopping)
	}
	return d.relay.Load(), nil
}

// startFor enables an endpoint that another one asks for; not where a reload has replaced its relay meanwhile.
func (d desk) startFor(ctx context.Context, asker string, r *relay, e *endpoint) (started bool, err error) {
	started, err = d.setEnabled(ctx, r, e, true)
	if err != nil {
		return false, fmt.Errorf("%w: %w", core.ErrUnavailable, err)
	}
	if started {
		d.log.Info("endpoint is enabled: another one asked for it", "endpoint", e.in.Name, "asked-by", asker)
	}
	return started, nil
}

// found is what another endpoint is told of this one.
func (e *endpoint) found(started bool, mask func(string) string) core.Found {
	now := e.Status()
	return core.Found{State: now.State, Cause: mask(now.Cause), Started: started, Inbound: e.inbound, Outbound: len(e.lanes) > 0}
}

// Marshalling implements host.Desk.
func (d desk) Marshalling(ctx context.Context, name string) (*host.Marshalling, error) {
	r, err := d.atWork(ctx)
	if err != nil {
		return nil, err
	}
	if m := r.marshalling(name); m != nil {
		return m.Marshalling, nil
	}
	return nil, fmt.Errorf("%w: no endpoint has a marshalling %q", core.ErrUnknown, name)
}
