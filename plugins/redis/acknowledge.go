package redis

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// mostAtOnce is how many entries one XACK or XCLAIM names.
const mostAtOnce = 1000

// settle tells Redis which entries are settled; it waits for Redis as long as ctx stands, so that nothing that is settled
// is handed on again. What was given back is read again.
func (r *reader) settle(ctx context.Context, settled, returned []string) error {
	if len(returned) > 0 {
		r.held.release(returned)
		r.again.Store(true)
	}
	pause := backoff{timing: r.timing}
	for len(settled) > 0 {
		n := min(len(settled), mostAtOnce)
		err := r.settleSome(ctx, settled[:n])
		if err == nil {
			settled = settled[n:]
			pause.reset()
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.link.lost(acknowledging, err)
		pause.wait(ctx)
	}
	return nil
}

func (r *reader) settleSome(ctx context.Context, tokens []string) error {
	var refused error
	absent, lost := r.sessions.with(ctx, func(s *session) error {
		refused = r.acknowledge(ctx, s, tokens)
		return broken(refused)
	})
	switch {
	case absent != nil:
		return absent
	case lost != nil:
		return lost
	case refused == nil:
		r.link.found(acknowledging)
	}
	return refused
}

// acknowledge sends XACK. Where the key is no stream any more there is nothing to acknowledge.
func (r *reader) acknowledge(ctx context.Context, s *session, tokens []string) error {
	err := s.about(ctx, []any{"xack", r.Stream, r.Group}, tokens)
	if err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
		return err
	}
	r.figures.acknowledged.Add(uint64(len(tokens)))
	r.held.settle(tokens)
	return nil
}
