package sdk

import (
	"context"
	"log/slog"
	"time"
)

// courier is the one goroutine that calls a source back: Settle and Pause.
type courier struct {
	emitter *emitter
	settler Settler // nil where the source acknowledges nothing
	pauser  Pauser  // nil where it can't pause
	log     *slog.Logger

	changed chan struct{} // capacity 1
	ending  chan struct{}
	done    chan struct{}
	ctx     context.Context // ends with the goroutine's time to finish
	cancel  context.CancelFunc
}

// The pauses between attempts of a Settle that fails.
const (
	settlePause    = 100 * time.Millisecond
	settlePauseMax = 5 * time.Second
)

func newCourier(e *emitter, value any, log *slog.Logger) *courier {
	c := &courier{emitter: e, log: log, changed: make(chan struct{}, 1), ending: make(chan struct{}), done: make(chan struct{})}
	c.settler, _ = value.(Settler)
	c.pauser, _ = value.(Pauser)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// wake says that there may be something to tell.
func (c *courier) wake() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// end tells what is left and ends the goroutine; when ctx ends first, the rest stays untold.
func (c *courier) end(ctx context.Context) {
	close(c.ending)
	select {
	case <-c.done:
	case <-ctx.Done():
	}
	c.cancel()
}

func (c *courier) run() {
	ctx := c.ctx
	defer close(c.done)
	paused := false
	for {
		last := false
		select {
		case <-c.changed:
		case <-c.ending:
			last = true
		}
		settled, returned, pause := c.emitter.news()
		c.settle(ctx, settled, returned)
		if c.pauser != nil && pause != paused && !last {
			paused = pause
			_ = guard(c.log, "Pause", func() error { c.pauser.Pause(pause); return nil })
		}
		if last || ctx.Err() != nil {
			return
		}
	}
}

// settle tries until the source has taken the news: a token that is lost comes again as a duplicate.
func (c *courier) settle(ctx context.Context, settled, returned []string) {
	if c.settler == nil || len(settled)+len(returned) == 0 {
		return
	}
	for pause := settlePause; ; pause = min(2*pause, settlePauseMax) {
		err := guard(c.log, "Settle", func() error { return c.settler.Settle(ctx, settled, returned) })
		if err == nil || ctx.Err() != nil {
			return
		}
		c.log.Warn("messages could not be acknowledged yet", "error", err, "count", len(settled))
		if !wait(ctx, pause) {
			return
		}
	}
}

// wait waits for d and reports whether ctx still stands.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
