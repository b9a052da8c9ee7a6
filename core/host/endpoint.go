package host

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Endpoint is one instance at its plugin, through all lives of the plugin's process. Its methods may be called by any
// goroutine.
type Endpoint struct {
	plugin   *Plugin
	instance Instance
	inlet    Inlet
	roster   roster
	status   *endpointStatus
	heard    *heard
	carried  *carried
	// streams runs one stream of a process to its end and says why it ended: stream, or a marshalling's.
	streams func(ctx context.Context, proc *process) error
	// turn is held during calls that change the instance at the plugin.
	turn chan struct{}
	// closed: Close was called, and nothing opens it again. drained: Drain was called for its inbound, and nothing
	// makes it receive again.
	closed, drained atomic.Bool
	// planned: it was closed to be opened anew, so its next opening is no restart.
	planned atomic.Bool
	// inbound and outbound are the directions that routes use now; they change under the roster's mutex.
	inbound, outbound atomic.Bool

	// Guarded by plugin.mu.
	wanted     bool // it is to be open whenever there is a process
	attachment *attachment

	// Guarded by turn. opened is the process that has the endpoint open, doubted one that may have, since nobody waited for its
	// answer.
	enabled         bool
	opened, doubted *process

	// identity names messages; it is new with each opening, and used by the attachment's goroutine alone.
	identity identity
}

// identity is what the ids of messages without own ids are made of.
type identity struct {
	base core.ID
	// given counts the ids given so far.
	given uint64
}

func newIdentity(name string, incarnation uint64) identity {
	var id identity
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", name, incarnation))
	copy(id.base[:8], sum[:])
	return id
}

func newEndpoint(p *Plugin, instance Instance, inlet Inlet) *Endpoint {
	e := &Endpoint{
		plugin: p, instance: instance, inlet: inlet, enabled: instance.Enabled, turn: make(chan struct{}, 1),
		status: newEndpointStatus(instance, p.journal), heard: newHeard(), carried: &carried{},
	}
	e.streams = e.stream
	e.inbound.Store(instance.Inbound)
	e.outbound.Store(instance.Outbound)
	return e
}

// Open opens the endpoint at its plugin and begins its stream. From then on it is opened again whenever its plugin is
// started again, until Close. Where the plugin is down or dies of it, the endpoint is opened when the plugin is back,
// which is no error. An error means that nothing was begun.
func (e *Endpoint) Open(ctx context.Context) error {
	e.status.starting()
	proc, err := e.plugin.running(e.instance.Name)
	if err == nil {
		err = e.open(ctx, proc)
	}
	switch {
	case err == nil:
		e.status.ready()
	case isGone(err):
		e.status.backoff(err)
	default:
		e.status.failed(err)
		return err
	}
	p := e.plugin
	p.mu.Lock()
	defer p.mu.Unlock()
	e.wanted = true
	if p.process != nil && !p.process.ended() {
		e.attach(p.process, err == nil && p.process == proc)
	}
	return nil
}

// receives reports whether the endpoint's inbound is used.
func (e *Endpoint) receives() bool { return e.inbound.Load() && e.inlet != nil && !e.drained.Load() }

// open asks a process to open the instance, with its next incarnation.
func (e *Endpoint) open(ctx context.Context, proc *process) error {
	incarnation, err := e.plugin.host.options.Incarnation(e.instance.Name)
	if err != nil {
		return &Error{Plugin: e.plugin.spec.Name, Endpoint: e.instance.Name, Kind: ErrorFailed, Err: err}
	}
	return e.call(ctx, func(ctx context.Context) error {
		if e.closed.Load() {
			return errClosed
		}
		if e.doubted == proc {
			e.doubted = nil
			_ = e.part(ctx, proc, CloseRestart) // what can't be closed can't be opened, and says so
		}
		answer, err := proc.client.Open(ctx, &pluginv1.OpenRequest{
			Instance: e.plugin.host.config(e.instance), Incarnation: incarnation, Enabled: e.enabled,
			Inbound: e.receives(), Outbound: e.outbound.Load(),
		})
		switch {
		case err == nil:
			e.identity, e.opened = newIdentity(e.instance.Name, incarnation), proc
			e.status.begins(wire.FromOpened(answer))
		case ctx.Err() != nil:
			e.doubted = proc
		}
		return proc.fate(err)
	})
}

// call makes a call that changes the instance: one at a time, bounded by ctx and by 10 s.
func (e *Endpoint) call(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, e.plugin.host.limits.call)
	defer cancel()
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return callError(e.plugin.spec.Name, e.instance.Name, ctx.Err())
	}
	defer func() { <-e.turn }()
	return callError(e.plugin.spec.Name, e.instance.Name, do(ctx))
}

// SetEnabled switches the endpoint. While its plugin is down that takes effect when it is back.
func (e *Endpoint) SetEnabled(ctx context.Context, enabled bool) error {
	return e.call(ctx, func(ctx context.Context) error {
		if proc := e.opened; proc != nil && !proc.ended() {
			if enabled && !e.enabled {
				e.roster.share()
			}
			request := &pluginv1.SetEnabledRequest{Name: e.instance.alias(), Enabled: enabled}
			if _, err := proc.client.SetEnabled(ctx, request); proc.fate(err) != nil && !proc.ended() {
				return err
			}
			if !enabled {
				e.roster.share() // what is settled from here on is not told to the plugin's origin before it comes again
			}
		}
		e.enabled = enabled
		e.status.setEnabled(enabled)
		return nil
	})
}

// Drain ends one direction at the plugin and returns when that is done, or with an error when ctx ends. What an inbound
// had read is with the inlet then; once drained it stays so, also when its plugin is started again.
func (e *Endpoint) Drain(ctx context.Context, direction core.Direction) error {
	if direction == core.DirectionInbound {
		e.drained.Store(true)
	}
	proc, err := e.plugin.running(e.instance.Name)
	if err != nil {
		return err
	}
	e.status.draining()
	stream := e.roster.standing()
	answer, err := proc.client.Drain(ctx, &pluginv1.DrainRequest{
		Name: e.instance.alias(), Direction: pluginv1.Direction(direction),
	})
	if err == nil && stream != nil {
		stream.await(ctx, answer.Frames)
	}
	return callError(e.plugin.spec.Name, e.instance.Name, proc.fate(err))
}

// Close ends the endpoint for good and takes it from its plugin, which has told its origin before what is settled by now.
// When it returns, its lanes were told Down and its inlet is not called any more. The error is the plugin's; the endpoint
// is closed all the same.
func (e *Endpoint) Close(ctx context.Context, reason CloseReason) error {
	proc, attached := e.remove()
	var err error
	if proc != nil {
		err = e.call(ctx, func(ctx context.Context) error {
			if e.opened != proc && e.doubted != proc {
				return nil
			}
			e.opened, e.doubted = nil, nil
			return e.part(ctx, proc, reason)
		})
	}
	if attached != nil {
		attached.end()
	}
	e.status.stopped()
	return err
}

// part closes the instance at a process, which takes the receipts that are gathered before.
func (e *Endpoint) part(ctx context.Context, proc *process, reason CloseReason) error {
	_, err := proc.client.Close(ctx, &pluginv1.CloseRequest{
		Name: e.instance.alias(), Reason: pluginv1.CloseReason(reason), Frames: e.roster.flush(),
	})
	return err
}

// remove takes the endpoint from its plugin, so that it is not opened again.
func (e *Endpoint) remove() (*process, *attachment) {
	p := e.plugin
	e.closed.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := make([]*Endpoint, 0, len(p.endpoints))
	for _, other := range p.endpoints {
		if other != e {
			kept = append(kept, other)
		}
	}
	p.endpoints = kept
	e.wanted = false
	attached := e.attachment
	e.attachment = nil
	return p.process, attached
}

// Inspect asks for the endpoint's own view of itself.
func (e *Endpoint) Inspect(ctx context.Context) (core.Inspection, error) {
	proc, err := e.plugin.running(e.instance.Name)
	if err != nil {
		return core.Inspection{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.plugin.host.limits.call)
	defer cancel()
	answer, err := proc.client.Inspect(ctx, &pluginv1.InspectRequest{Name: e.instance.alias()})
	if err != nil {
		return core.Inspection{}, callError(e.plugin.spec.Name, e.instance.Name, err)
	}
	return wire.FromInspection(answer), nil
}

// Status describes the endpoint as it is now.
func (e *Endpoint) Status() EndpointStatus { return e.status.snapshot() }
