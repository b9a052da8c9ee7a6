package redis

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// claim takes over, when it is time, what other consumers have left unacknowledged for too long.
func (r *reader) claim(ctx context.Context, s *session, emit sdk.Emit) error {
	now := time.Now()
	if r.ClaimIdle == 0 || r.noClaim || now.Before(r.nextClaim) {
		return nil
	}
	r.held.compare(true)
	defer r.held.compare(false)
	for cursor := "0-0"; ; {
		answer, err := r.ask(ctx, s, claimInside, "xautoclaim", r.Stream, r.Group, r.Consumer, r.ClaimIdle.Milliseconds(),
			cursor, "count", r.portion)
		if err != nil {
			return r.unclaimed(err)
		}
		cursor = answer.cursor
		r.lose(answer.lost)
		before := r.figures.received.Load()
		if err := r.hand(ctx, s, emit, answer); err != nil {
			return err
		}
		r.figures.claimed.Add(r.figures.received.Load() - before)
		if cursor == "0-0" || cursor == "" {
			r.nextClaim = now.Add(r.ClaimIdle / 2)
			return nil
		}
	}
}

// lose tells of entries that another consumer left and that were deleted since.
func (r *reader) lose(n int) {
	if n > 0 {
		r.figures.deleted.Add(uint64(n))
		r.gap("entries were deleted from the stream while they were pending", uint64(n))
	}
}

// unclaimed gives claiming up where Redis does not know it or forbids it; reading goes on.
func (r *reader) unclaimed(err error) error {
	var answer refusal
	if !errors.As(err, &answer) {
		return err
	}
	if !strings.HasPrefix(string(answer), "ERR unknown command") && !strings.HasPrefix(string(answer), "NOPERM") {
		return err
	}
	r.noClaim = true
	r.log.Warn("entries of dead consumers are not claimed", "stream", r.Stream, "cause", err)
	return nil
}

// refresh keeps what is held from being claimed by others, however long it takes, until ctx ends. Where Redis is away
// the reader says so.
func (r *reader) refresh(ctx context.Context) {
	ticker := time.NewTicker(r.ClaimIdle / 3)
	defer ticker.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := r.refreshAll(ctx); err != nil && !told {
			told = true
			r.log.Warn("entries that are held can't be kept from being claimed by others", "stream", r.Stream, "cause", err)
		}
	}
}

// refreshAll sets the idle time of all entries that are held to nothing. The error is Redis's refusal.
func (r *reader) refreshAll(ctx context.Context) error {
	for list := r.held.all(); len(list) > 0; {
		n := min(len(list), mostAtOnce)
		tokens := make([]string, n)
		for i, p := range list[:n] {
			tokens[i] = p.String()
		}
		var answered error
		absent, lost := r.sessions.with(ctx, func(s *session) error {
			answered = s.about(ctx, []any{"xclaim", r.Stream, r.Group, r.Consumer, 0}, tokens, "justid")
			return broken(answered)
		})
		switch {
		case absent != nil || lost != nil || groupGone(answered):
			return nil
		case answered != nil:
			return answered
		}
		list = list[n:]
	}
	return nil
}
