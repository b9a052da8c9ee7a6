package redis

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// source keeps one subscription standing and turns what it brings into messages.
type source struct {
	target   *target
	link     *link
	timing   timing
	report   func(sdk.Event)
	channels []string
	pattern  string
	headers  headers
	draining draining

	// standing says that the subscription is confirmed; lost is when the one before ended, zero before the first.
	standing bool
	lost     time.Time

	received, gaps, unnameable atomic.Uint64
}

// receive subscribes, and subscribes anew whenever that ends, until ctx ends. While emit blocks it does not read from
// Redis, which in the end cuts it off.
func (s *source) receive(ctx context.Context, emit sdk.Emit) error {
	pause := backoff{timing: s.timing}
	for {
		err := s.listen(ctx, emit)
		if s.standing {
			s.standing, s.lost = false, time.Now()
			pause.reset()
		}
		if s.draining.finished() {
			<-ctx.Done()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.link.lost(subscribing, err)
		pause.wait(ctx)
	}
}

// listen takes messages from one subscription until it breaks, and says why.
func (s *source) listen(ctx context.Context, emit sdk.Emit) error {
	g := &gathering{source: s, emit: func(messages []sdk.Message) error { return emit(ctx, messages) }}
	sub, err := subscribe(ctx, s, g.flush)
	if err != nil {
		return err
	}
	defer sub.close()
	s.draining.watch(sub.pubsub)
	for unconfirmed := max(len(s.channels), 1); ; {
		item, err := sub.pubsub.Receive(ctx)
		switch item := item.(type) {
		case *redis.Message:
			g.take(item)
		case *redis.Subscription:
			if unconfirmed--; unconfirmed == 0 {
				s.stand()
			}
			if item.Count == 0 { // the answer to the drain's UNSUBSCRIBE: nothing follows
				return g.flush()
			}
		}
		if err != nil && !s.answersPing(err) {
			return errors.Join(err, g.flush())
		}
	}
}

// answersPing reports whether an error is Redis's answer to a user who may not ping. That is a sign of life too: while
// the subscription stands, nothing but pings is sent.
func (s *source) answersPing(err error) bool {
	return s.standing && !s.draining.begun() && redis.IsPermissionError(err)
}

// stand tells that the subscription is confirmed, and that messages may have been missed before.
func (s *source) stand() {
	s.standing = true
	s.link.found(subscribing)
	if !s.lost.IsZero() {
		s.gaps.Add(1)
		s.report(sdk.Event{Kind: core.EventGap,
			Cause: fmt.Sprintf("not subscribed for %v", time.Since(s.lost).Round(time.Millisecond))})
	}
}
