package redis

import (
	"context"
	"time"
)

// watch keeps asking Redis for an answer on behalf of a sink, so that a loss and a return are known without a message
// to send. poke makes it ask at once.
type watch struct {
	pool   *pool
	link   *link
	timing timing
	poke   chan struct{}
	cancel context.CancelFunc
	ended  chan struct{}
}

func newWatch(p *pool, l *link, timing timing) *watch {
	return &watch{pool: p, link: l, timing: timing, poke: make(chan struct{}, 1)}
}

// direct starts or stops it as routes use the sink.
func (w *watch) direct(used bool) {
	switch {
	case used && w.cancel == nil:
		w.start()
	case !used:
		w.stop()
		w.link.drop(publishing)
	}
}

func (w *watch) start() {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel, w.ended = cancel, make(chan struct{})
	go w.run(ctx)
}

// stop ends it, if it was started, and waits for that.
func (w *watch) stop() {
	if w.cancel != nil {
		w.cancel()
		<-w.ended
		w.cancel = nil
	}
}

// hurry pokes without blocking.
func (w *watch) hurry() {
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

func (w *watch) run(ctx context.Context) {
	defer close(w.ended)
	pause := backoff{timing: w.timing}
	for ctx.Err() == nil {
		err := w.pool.probe(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			w.link.lost(publishing, err)
			pause.wait(ctx)
		default:
			pause.reset()
			w.link.found(publishing)
			w.rest(ctx)
		}
	}
}

// rest waits for the next time to ask.
func (w *watch) rest(ctx context.Context) {
	next := time.NewTimer(w.timing.ping)
	defer next.Stop()
	select {
	case <-next.C:
	case <-w.poke:
	case <-ctx.Done():
	}
}
