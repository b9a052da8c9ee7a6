package hub

import (
	"context"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/core/tuning"
)

// Run runs the relay until ctx ends, Stop or Abort is called, or a plugin that the configuration can't do without has
// failed. It returns nil after an end in good order; core.Problems where the configuration is wrong, with nothing
// opened; *control.HeldError where another hub runs on the same data directory; ErrAborted after Abort.
func (h *Hub) Run(ctx context.Context) error { return maskError(h.run(ctx), h.mask) }

func (h *Hub) run(ctx context.Context) error {
	tuning.RaiseHeapFloor()
	ctx, cancel := h.untilEnd(ctx)
	defer cancel()
	l := life{Hub: h, undo: steps{log: h.log}}
	defer l.end()
	ours, err := l.claim()
	if err != nil {
		return err
	}
	l.keepVisible()
	crew, err := l.startPlugins(ctx, ours)
	if err != nil {
		return h.ended(ctx, err)
	}
	ground, err := l.layGround(ctx)
	if err != nil {
		return err
	}
	if err := l.open(ctx, ground, crew); err != nil {
		return h.ended(ctx, err)
	}
	if err := l.serve(ours.lock); err != nil {
		return err
	}
	<-ctx.Done()
	if h.options.Draining != nil {
		h.options.Draining()
	}
	return endError(ctx)
}

// life is one run of a hub. What its steps do is undone in reverse when it ends, at whichever step that is.
type life struct {
	*Hub
	undo steps
	// server is the control socket's, nil before serve.
	server *control.Server
}

// end undoes what was done, within the time that draining has.
func (l *life) end() {
	bound, cancel := l.untilDrained()
	defer cancel()
	l.undo.all(bound)
}

// claimed is what a run has for itself in the file system.
type claimed struct {
	lock       *control.Lock
	self       identity
	runtimeDir string
}

// claim takes the data directory, which no other hub may use meanwhile, and makes a runtime directory.
func (l *life) claim() (claimed, error) {
	lock, err := control.Acquire(l.cfg.Global.DataDir)
	if err != nil {
		return claimed{}, err
	}
	l.undo.add("lock", func(context.Context) error { return lock.Release() })
	self, err := loadIdentity(l.cfg.Global.DataDir)
	if err != nil {
		return claimed{}, err
	}
	dir, err := replaceRuntimeDir(l.cfg.Global.DataDir)
	if err != nil {
		return claimed{}, err
	}
	l.undo.add("runtime directory", func(context.Context) error { return removeRuntimeDir(dir) })
	return claimed{lock, self, dir}, nil
}

// keepVisible has the metrics and the control socket, which open later, closed only after the relay: a drain can be
// watched, and `araldo stop` waits for all of it.
func (l *life) keepVisible() {
	l.undo.add("metrics", l.closeMetrics)
	l.undo.add("control socket", func(context.Context) error {
		if l.server == nil {
			return nil
		}
		return l.server.Close()
	})
}

// startPlugins starts the plugins that the configuration names, and has them judge it.
func (l *life) startPlugins(ctx context.Context, ours claimed) (*crew, error) {
	crew, err := l.muster(ctx, ours.runtimeDir, ours.self)
	l.undo.add("plugins", func(ctx context.Context) error { l.crew.Load().stop(ctx); return nil })
	if err != nil {
		return nil, err
	}
	problems := crew.validate(ctx)
	if problems.Failed() {
		return nil, problems
	}
	l.warn(problems, false)
	return crew, nil
}

// layGround begins what all relays of the hub have in common.
func (l *life) layGround(ctx context.Context) (*ground, error) {
	if err := l.serveMetrics(); err != nil {
		return nil, err
	}
	tracer, err := l.startTraces(ctx)
	if err != nil {
		return nil, err
	}
	l.undo.add("traces", func(ctx context.Context) error { return closeTraces(ctx, tracer) })
	return &ground{log: l.log, since: l.since, router: router.New(l.log), tracer: tracer, current: l.relay.Load,
		mask: l.mask, maxMessage: l.cfg.Global.MaxMessage}, nil
}

// open wires the first relay and puts it to work. From here on the configuration can be changed.
func (l *life) open(ctx context.Context, ground *ground, crew *crew) error {
	first := ground.wire(crew, nil, fates{})
	l.undo.add("relay", func(ctx context.Context) error { return l.working(first).close(ctx) })
	l.undo.add("changes", l.changes.close)
	if err := first.begin(ctx); err != nil {
		return err
	}
	l.relay.Store(first)
	close(l.works)
	first.tellPromises()
	return nil
}

// serve lets commands in, and tells that the hub is ready.
func (l *life) serve(lock *control.Lock) error {
	server, err := control.Serve(lock, l.Hub, l.log)
	if err != nil {
		return err
	}
	l.server = server
	l.log.Info("ready", "config", l.cfg.Path, "socket", server.Path())
	if l.options.Ready != nil {
		l.options.Ready()
	}
	return nil
}

// ended prefers the reason for which ctx ended to the error that this caused.
func (h *Hub) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return endError(ctx)
	}
	return err
}
