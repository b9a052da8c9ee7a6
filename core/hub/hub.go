package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/metrics"
	"github.com/araldo-relay/araldo/routes"
)

// Options is what a Hub needs besides its configuration.
type Options struct {
	// Log takes the hub's log and the plugins'; nil: slog.Default().
	Log *slog.Logger
	// Version is shown in status.
	Version string
	// Load, if set, reads the configuration again for a reload. The Config is nil where there is none to read; problems are
	// those that config.Load finds.
	Load func() (*config.Config, core.Problems)
	// Told are problems of the configuration that people have seen: reloads do not log them again.
	Told core.Problems
	// LogLevel, if set, is told the log-level of a configuration that was reloaded.
	LogLevel func(level string)
	// Ready, if set, is called once when every endpoint is open, from Run's goroutine.
	Ready func()
	// Reloading, if set, is called when the hub begins to take another configuration, dry runs aside; what it returns is
	// called when that is over, whatever came of it. Both by the goroutine that reloads.
	Reloading func() (over func())
	// Draining, if set, is called once when a hub that was ready begins to end, from Run's goroutine.
	Draining func()
}

// Hub runs one configuration. Run or Check may be called once; the other methods by any goroutine at any time.
type Hub struct {
	cfg     *config.Config
	options Options
	log     *slog.Logger
	since   time.Time
	// failure is why the hub stops of itself.
	failure  chan error
	stopped  chan struct{}
	aborted  chan struct{}
	stopOnce sync.Once
	aborting sync.Once
	// relay is the one that works, nil before the first is open; crew is that whose plugins run.
	relay   atomic.Pointer[relay]
	crew    atomic.Pointer[crew]
	changes *exclusive
	// works is closed when the first relay works.
	works chan struct{}
	// secrets are those of the configuration that holds, and of one before or to come that may still be spoken of.
	secrets atomic.Pointer[[]*config.Secrets]
	reloads reloads
	// told belongs to Run's goroutine until the hub is ready, then to changes.
	told    warnings
	metrics atomic.Pointer[metrics.Server]
	// promises are those that Check found; before it, of endpoints of which nothing is known.
	promises atomic.Pointer[[]routes.Served]
}

// ErrMain says that plugins.Main was not called. Without it the hub's built-in plugins, which are this program started
// again, would be hubs that start hubs.
var ErrMain = errors.New("plugins.Main() must be the first line of main: the hub starts its built-in plugins by starting this program again")

// New makes a Hub of a configuration without errors. It starts nothing.
func New(cfg *config.Config, options Options) (*Hub, error) {
	if core.Builtins() == nil {
		return nil, ErrMain
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	h := &Hub{
		cfg: cfg, options: options, since: time.Now(), failure: make(chan error, 1), stopped: make(chan struct{}),
		aborted: make(chan struct{}), changes: newExclusive(), works: make(chan struct{}),
	}
	h.secrets.Store(&[]*config.Secrets{cfg.Secrets})
	h.log = slog.New(masked{options.Log.Handler(), h.mask})
	h.promise(nil)
	h.told = warnings{}
	for _, p := range options.Told {
		h.told.add(p)
	}
	return h, nil
}

func (h *Hub) promise(ends map[string]routes.End) {
	promises := routes.Promises(h.cfg.Routes, ends)
	h.promises.Store(&promises)
}

// mask leaves secrets out of a text.
func (h *Hub) mask(text string) string {
	for _, s := range *h.secrets.Load() {
		text = s.Mask(text)
	}
	return text
}

// config is the configuration that holds now: of what a reload leaves alone, cfg is.
func (h *Hub) config() *config.Config {
	if r := h.relay.Load(); r != nil {
		return r.crew.cfg
	}
	return h.cfg
}

// working is the relay that works, or first before there is one.
func (h *Hub) working(first *relay) *relay {
	if r := h.relay.Load(); r != nil {
		return r
	}
	return first
}

// Stop makes Run drain and return, as the end of its context does. It does not wait.
func (h *Hub) Stop() { h.stopOnce.Do(func() { close(h.stopped) }) }

// Abort makes Run return at once, without draining: what is queued or in flight is dropped and counted.
func (h *Hub) Abort() { h.aborting.Do(func() { close(h.aborted) }) }

// fail makes Run drain and return err; of several errors the first.
func (h *Hub) fail(err error) {
	select {
	case h.failure <- err:
	default:
	}
}

// ErrAborted is what Run returns after Abort.
var ErrAborted = errors.New("stopped at once, without draining")

// untilEnd returns a context that ends with ctx, at Stop, at Abort, or when the hub fails; its cause tells which.
func (h *Hub) untilEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-ctx.Done():
		case <-h.stopped:
			cancel(nil)
		case <-h.aborted:
			cancel(ErrAborted)
		case err := <-h.failure:
			cancel(err)
		}
	}()
	return ctx, func() { cancel(nil) }
}

// endError is the error that a context of untilEnd ended with: nil for an end in good order.
func endError(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// untilDrained returns a context that bounds the drain: by shutdown-timeout and by Abort.
func (h *Hub) untilDrained() (context.Context, context.CancelFunc) {
	limit := h.config().Global.ShutdownTimeout
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		select {
		case <-ctx.Done():
		case <-h.aborted:
			cancel(ErrAborted)
		}
	}()
	bound, done := context.WithTimeoutCause(ctx, limit, fmt.Errorf("shutdown-timeout, %v, is over", limit))
	return bound, func() { done(); cancel(nil) }
}
