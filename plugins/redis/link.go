package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/redis/go-redis/v9"

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

	mu      sync.Mutex
	broken  [sides]bool
	trouble trouble
	met     bool
}

// trouble is what is wrong with Redis, as far as it was told.
type trouble uint8

const (
	none    trouble = iota
	awaited         // it has not answered yet, and no attempt has failed
	away            // it can't be reached, or does not answer
	refuses         // it answers with an error
)

// troubleOf says what a cause is about.
func troubleOf(cause error) trouble {
	answer := redis.Error(nil)
	switch {
	case cause == errAwaited:
		return awaited
	case errors.As(cause, &answer):
		return refuses
	}
	return away
}

// errAwaited is the cause of a server's first seconds that do not come to anything.
var errAwaited = errors.New("connecting")

// greet asks for a first answer, for timing.greet at most, so that an endpoint whose Redis is there is ready from its
// beginning and any other never seems to be. What the endpoint is opened for counts as broken where none came.
func (l *link) greet(ctx context.Context, in sdk.Instance, receiving side, timing timing) {
	if !in.Enabled || !in.Inbound && !in.Outbound {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timing.greet)
	defer cancel()
	err := l.target.answers(ctx)
	if err == nil {
		return
	}
	if ctx.Err() != nil {
		err = errAwaited
	}
	if in.Inbound {
		l.lost(receiving, err)
	}
	if in.Outbound {
		l.lost(publishing, err)
	}
}

// answers opens a connection, logs in and asks for an answer.
func (t *target) answers(ctx context.Context) error {
	s, err := connect(ctx, t, nil)
	if err != nil {
		return err
	}
	defer s.close()
	return s.ping(ctx)
}

// lost tells that a side is broken, and why, unless that kind of trouble was told already.
func (l *link) lost(s side, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken[s] = true
	now := troubleOf(cause)
	if now == l.trouble || now == awaited && l.trouble != none {
		return
	}
	l.trouble = now
	switch now {
	case away:
		l.log.Warn("Redis can't be reached; trying until it can", "server", l.target.String(), "cause", cause)
	case refuses:
		l.log.Warn("Redis refuses; trying until it does not", "server", l.target.String(), "cause", cause)
	}
	l.report(sdk.Event{Kind: core.EventDegraded, Cause: fmt.Sprintf("%v: %v", l.target, cause)})
}

func (l *link) found(s side) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken[s] = false
	switch {
	case l.broken != [sides]bool{}:
	case l.trouble != none:
		l.log.Info(l.trouble.over(), "server", l.target.String())
		l.trouble, l.met = none, true
		l.report(sdk.Event{Kind: core.EventRecovered})
	case !l.met:
		l.met = true
		l.report(sdk.Event{Kind: core.EventConnected})
	}
}

// over says that the trouble is.
func (t trouble) over() string {
	return [...]string{awaited: "Redis has answered", away: "Redis is there again", refuses: "Redis refuses no more"}[t]
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
