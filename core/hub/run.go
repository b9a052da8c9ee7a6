package hub

import (
	"context"
	"errors"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/routes"
)

// Run runs the relay until ctx ends, Stop or Abort is called, or a plugin that the configuration can't do without has
// failed. It returns nil after an end in good order; core.Problems where the configuration is wrong, with nothing
// opened; *control.HeldError where another hub runs on the same data directory; ErrAborted after Abort.
func (h *Hub) Run(ctx context.Context) error { return maskError(h.run(ctx), h.mask) }

func (h *Hub) run(ctx context.Context) error {
	core.RaiseHeapFloor()
	ctx, cancel := h.untilEnd(ctx)
	defer cancel()
	undo := steps{log: h.log}
	defer func() {
		bound, cancel := h.untilDrained()
		defer cancel()
		undo.all(bound)
	}()

	lock, err := control.Acquire(h.cfg.Global.DataDir)
	if err != nil {
		return err
	}
	undo.add("lock", func(context.Context) error { return lock.Release() })
	self, err := loadIdentity(h.cfg.Global.DataDir)
	if err != nil {
		return err
	}
	dir, err := replaceRuntimeDir(h.cfg.Global.DataDir)
	if err != nil {
		return err
	}
	undo.add("runtime directory", func(context.Context) error { return removeRuntimeDir(dir) })

	undo.add("metrics", h.closeMetrics)

	// It opens last and closes after the relay, so that a drain can be watched and `araldo stop` waits for all of it.
	var server *control.Server
	undo.add("control socket", func(context.Context) error {
		if server == nil {
			return nil
		}
		return server.Close()
	})

	crew, err := h.muster(ctx, dir, self)
	undo.add("plugins", func(ctx context.Context) error { h.crew.Load().stop(ctx); return nil })
	if err != nil {
		return h.ended(ctx, err)
	}
	problems := crew.validate(ctx)
	if problems.Failed() {
		return h.ended(ctx, problems)
	}
	h.warn(problems, false)
	if err := h.serveMetrics(); err != nil {
		return err
	}
	tracer, err := h.startTraces(ctx)
	if err != nil {
		return err
	}
	undo.add("traces", func(ctx context.Context) error { return closeTraces(ctx, tracer) })
	ground := &ground{log: h.log, since: h.since, router: router.New(h.log), tracer: tracer, current: h.relay.Load,
		mask: h.mask, maxMessage: h.cfg.Global.MaxMessage}
	relay := ground.wire(crew, nil, fates{})
	undo.add("relay", func(ctx context.Context) error { return h.working(relay).close(ctx) })
	undo.add("changes", h.changes.close)
	if err := relay.begin(ctx); err != nil {
		return h.ended(ctx, err)
	}
	h.relay.Store(relay)
	close(h.works)
	relay.tellPromises()
	if server, err = control.Serve(lock, h, h.log); err != nil {
		return err
	}
	h.log.Info("ready", "config", h.cfg.Path, "socket", server.Path())
	if h.options.Ready != nil {
		h.options.Ready()
	}
	<-ctx.Done()
	if h.options.Draining != nil {
		h.options.Draining()
	}
	return endError(ctx)
}

// ended prefers the reason for which ctx ended to the error that this caused.
func (h *Hub) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return endError(ctx)
	}
	return err
}

// Check does all that Run does before it opens anything, and undoes it: no file is made in the data directory, no port
// is opened. problems are what the plugins and the routes had to say; err is what kept them from saying it, such as the
// end of ctx.
func (h *Hub) Check(ctx context.Context) (problems core.Problems, err error) {
	ctx, cancel := h.untilEnd(ctx)
	defer cancel()
	dir, err := makeRuntimeDir()
	if err != nil {
		return nil, err
	}
	defer func() { err = maskError(errors.Join(err, removeRuntimeDir(dir)), h.mask) }()
	crew, err := h.muster(ctx, dir, identity{incarnation: noIncarnations})
	defer func() {
		bound, cancel := h.untilDrained()
		defer cancel()
		crew.stop(bound)
	}()
	if err == nil {
		problems = crew.validate(ctx)
		h.promise(crew.ends)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return maskProblems(problems, h.mask), err
}

// Promises is what each outlet gives and why, in the order of the file, as Check found it.
func (h *Hub) Promises() []routes.Served { return *h.promises.Load() }

// noIncarnations is for a host that opens nothing.
func noIncarnations(string) (uint64, error) { return 0, nil }

// muster starts the plugins that the configuration names.
func (h *Hub) muster(ctx context.Context, runtimeDir string, self identity) (*crew, error) {
	c := &crew{cfg: h.cfg, log: h.log, mask: h.mask, on: map[string]*member{}, types: ownTypes(),
		incarnation: self.incarnation}
	h.crew.Store(c)
	c.host = host.New(host.Options{
		RuntimeDir: runtimeDir, Log: h.log, MaxMessage: h.cfg.Global.MaxMessage, Hub: self.name,
		Incarnation: self.incarnation, Desk: desk{h},
		OnFailed: func(plugin string, err error) {
			if h.crew.Load().indispensable(plugin) {
				h.fail(err)
			}
		},
	})
	return c, c.start(ctx)
}
