package redis

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// side is one of the things that an endpoint does with Redis and that its health is made of.
type side uint8

const (
	subscribing       side = iota
	publishing             // that there is a connection to write over
	readingStream          // as a member of its group
	addingToStream         // that Redis takes what is added
	acknowledging          // that it hears what is settled
	keepingFromOthers      // that what takes long is not claimed by another consumer
	sides
)

// link knows whether Redis is there, and tells each change once: one event, one line in the log.
type link struct {
	target *target
	report func(sdk.Event)
	log    *slog.Logger

	mu       sync.Mutex
	broken   [sides]bool
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
	case l.broken != [sides]bool{}:
	case l.degraded:
		l.degraded, l.met = false, true
		l.log.Info("Redis is there again", "server", l.target.String())
		l.report(sdk.Event{Kind: core.EventRecovered})
	case !l.met:
		l.met = true
		l.report(sdk.Event{Kind: core.EventConnected})
	}
}

// drop forgets a side that is not used any more.
func (l *link) drop(s side) {
	l.mu.Lock()
	broken := l.broken[s]
	l.mu.Unlock()
	if broken {
		l.found(s)
	}
}
