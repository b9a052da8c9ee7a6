package redis

import (
	"context"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// sink publishes. Each Send has a session to itself.
type sink struct {
	pool
	fixed *places
	// template takes the place of fixed where the channel is one.
	template *template
	// failed is told, without blocking, that Redis could not be reached.
	failed func()

	published, unheard atomic.Uint64
}

// send publishes all messages to their channels in one pipeline. Redis's answer confirms, also where nobody listens.
func (k *sink) send(ctx context.Context, messages []sdk.Message) error {
	to := k.fixed
	if k.template != nil {
		to = k.template.places(messages)
	}
	if to.none(len(messages)) {
		return k.outcome(to, len(messages), nil)
	}
	var outcome error
	absent, lost := k.with(ctx, func(s *session) error {
		var commands []*redis.IntCmd
		commands, lost := s.publish(ctx, to, messages)
		outcome = k.outcome(to, len(messages), commands)
		return lost
	})
	if absent != nil || lost != nil {
		k.failed()
	}
	if absent != nil {
		return unreachable(k.target, absent)
	}
	return outcome
}
