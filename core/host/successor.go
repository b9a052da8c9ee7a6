package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Successor is a process of a plugin's program as its file is now, beside the one that serves the plugin's endpoints. It
// opens nothing until Replace. Whoever has one ends it by Replace or Discard.
type Successor struct {
	plugin  *Plugin
	process *process
	info    core.PluginInfo
	// assessed are the capabilities of instances as Validate found them.
	assessed map[string]core.Capabilities
	// ctx bounds the replacement; taken is closed when it is done.
	ctx   context.Context
	taken chan struct{}
}

// Outdated reports whether the file of the plugin's program is another than the one that its process was started from.
// It is false while there is no file, as in the middle of an upgrade, and for what is built in.
func (p *Plugin) Outdated() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stamp.differs(p.spec.stamp())
}

// Successor starts the program as its file is now, beside the process that there is, and asks it what it offers, within
// 10 s. The error says why it can't take over; nothing has changed then.
func (p *Plugin) Successor(ctx context.Context) (*Successor, error) {
	if p.spec.Reattach != "" {
		return nil, &Error{Plugin: p.spec.Name, Kind: ErrorRefused, Err: errReattached}
	}
	proc, info, err := p.host.startProcess(ctx, p.spec, p.journal)
	if err == nil {
		if err = p.sameOffer(info); err != nil {
			proc.child.kill("it changed what it offers")
			<-proc.ctx.Done()
		}
	}
	if err != nil {
		return nil, &Error{Plugin: p.spec.Name, Kind: ErrorStart, Err: err}
	}
	return &Successor{plugin: p, process: proc, info: info, assessed: map[string]core.Capabilities{},
		taken: make(chan struct{})}, nil
}

// Info is what the successor offers.
func (s *Successor) Info() core.PluginInfo { return s.info }

// Validate asks the successor whether an instance's configuration is right. It opens nothing.
func (s *Successor) Validate(ctx context.Context, instance Instance) (core.Assessment, error) {
	ctx, cancel := context.WithTimeout(ctx, s.plugin.host.limits.call)
	defer cancel()
	request := &pluginv1.ValidateConfigRequest{Instance: s.plugin.host.config(instance)}
	answer, err := s.process.client.ValidateConfig(ctx, request)
	if err != nil {
		return core.Assessment{}, callError(s.plugin.spec.Name, instance.Name, s.process.fate(err))
	}
	assessment := wire.FromAssessment(answer)
	if answer.Capabilities == nil {
		assessment.Capabilities = offered(s.info, instance.ID)
	}
	s.assessed[instance.Name] = assessment.Capabilities
	return assessment, nil
}

// Discard ends the successor's process and leaves the plugin as it is.
func (s *Successor) Discard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.plugin.host.limits.stop)
	defer cancel()
	s.process.stop(ctx)
}

// Replace puts the successor's process in the place of the one that there is: that one's instances are closed with
// CloseRestart and the process ends, then all that was to be open is opened by the new one, inbounds that were drained
// too. What is in flight when it is called is treated as at the end of a stream, so drain before. A plugin that was given
// up is taken up again. On an error, which is ctx's or that the plugin was stopped, the successor is discarded and
// nothing has changed; once begun, a replacement is brought to its end.
func (p *Plugin) Replace(ctx context.Context, s *Successor) error {
	s.ctx = context.WithoutCancel(ctx)
	err := error(nil)
	select {
	case p.successors <- s:
		<-s.taken
		return nil
	case <-p.stopping.Done():
		err = errStopped
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Discard(s.ctx)
	return &Error{Plugin: p.spec.Name, Kind: ErrorFailed, Err: fmt.Errorf("its process was not replaced: %w", err)}
}

// succeed makes the successor's process that of the plugin. old is nil where there is none.
func (p *Plugin) succeed(old *process, s *Successor) *process {
	p.journal.note(slog.LevelInfo, "plugin is replaced", slog.String("by", s.info.Version))
	p.mu.Lock()
	p.process, p.failure = nil, nil
	endpoints := p.endpoints
	p.mu.Unlock()
	if old != nil {
		var all sync.WaitGroup
		for _, e := range endpoints {
			all.Go(func() { e.leave(s.ctx, old) })
		}
		all.Wait()
		bounded, cancel := context.WithTimeout(s.ctx, p.host.limits.stop)
		defer cancel()
		old.stop(bounded)
	}
	p.mu.Lock()
	p.info = s.info
	for name, can := range s.assessed {
		p.assessed[name] = can
	}
	p.mu.Unlock()
	p.found(s.process, s.info.Version, &p.status.Replaced)
	close(s.taken)
	return s.process
}

// leave closes the instance at a process that is to end, and its life there. It may receive again at the next one.
func (e *Endpoint) leave(ctx context.Context, proc *process) {
	p := e.plugin
	p.mu.Lock()
	a := e.attachment
	e.attachment = nil
	p.mu.Unlock()
	if a != nil {
		a.leaving.Store(true)
	}
	err := e.call(ctx, func(ctx context.Context) error {
		if e.opened != proc {
			return nil
		}
		e.opened = nil
		e.planned.Store(true)
		e.roster.share() // what is settled from here on may come again
		return proc.fate(e.part(ctx, proc, CloseRestart))
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		p.journal.note(slog.LevelWarn, "instance did not close in good order", slog.String("cause", err.Error()))
	}
	if a != nil {
		a.end()
	}
	e.drained.Store(false)
}
