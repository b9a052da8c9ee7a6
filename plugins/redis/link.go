package redis

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// side is one of the two connections that an endpoint's health is made of.
type side uint8

const (
	subscribing side = iota
	publishing
)

// link knows whether Redis is there, and tells each change once: one event, one line in the log.
type link struct {
	target *target
	report func(sdk.Event)
	log    *slog.Logger

	mu       sync.Mutex
	broken   [2]bool
	degraded bool
	met      bool
}

func (l *link) lost(s side, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken[s] = true
	if l.degraded {
		return
	}
	l.degraded = true
	l.log.Warn("Redis can't be reached; trying until it can", "server", l.target.String(), "cause", cause)
	l.report(sdk.Event{Kind: core.EventDegraded, Cause: fmt.Sprintf("%v: %v", l.target, cause)})
}

func (l *link) found(s side) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken[s] = false
	switch {
	case l.broken != [2]bool{}:
	case l.degraded:
		l.degraded, l.met = false, true
		l.log.Info("Redis is there again", "server", l.target.String())
		l.report(sdk.Event{Kind: core.EventRecovered})
	case !l.met:
		l.met = true
		l.report(sdk.Event{Kind: core.EventConnected})
	}
}

// timing is when connections are looked after; tests shorten it.
type timing struct {
	// ping is how often Redis is asked for an answer, silence how long it may say nothing at all.
	ping, silence time.Duration
	// retry is the first pause before a lost connection is opened again, retryMax the longest.
	retry, retryMax time.Duration
}

var usual = timing{ping: 10 * time.Second, silence: 25 * time.Second, retry: 200 * time.Millisecond, retryMax: 5 * time.Second}

// backoff doubles a pause from timing.retry to timing.retryMax.
type backoff struct {
	timing
	next time.Duration
}

func (b *backoff) reset() { b.next = 0 }

// wait pauses for half to all of the present step, or until ctx ends.
func (b *backoff) wait(ctx context.Context) {
	b.next = min(max(2*b.next, b.retry), b.retryMax)
	pause := time.NewTimer(b.next/2 + rand.N(b.next/2+1))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
}
