package redis

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// reader is a consumer of a stream's group. It hands entries on in order, remembers what it holds, and tells Redis what
// is settled.
type reader struct {
	streamConfig
	target   *target
	link     *link
	timing   timing
	log      *slog.Logger
	report   func(sdk.Event)
	limit    int // of a message, bytes
	base     sdk.ID
	sessions pool // for all but reading
	held     held
	// again: there may be entries of its own that Redis counts as pending and that it does not hold.
	again atomic.Bool

	// The rest belongs to the goroutine that reads.
	made      bool // the group was there, or was made, once
	portion   int  // how many entries the next answer may have
	answer    *reply
	fields    fields
	messages  []sdk.Message
	tokens    []string
	nextClaim time.Time
	noClaim   bool // Redis is too old for it, or forbids it

	figures struct {
		received, again, claimed, acknowledged, poison, oversized, deleted, unmapped, gaps atomic.Uint64
	}
}

// streamBase is what the ids of a stream's messages are made of, beside their positions.
func streamBase(endpoint, stream string) sdk.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s", endpoint, stream))
	return sdk.ID(sum[:16])
}

// receive reads, and begins again whenever that ends, until ctx ends.
func (r *reader) receive(ctx context.Context, emit sdk.Emit) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	if r.ClaimIdle > 0 {
		beside.Go(func() { r.refresh(ctx) })
	}
	pause := backoff{timing: r.timing}
	for {
		stood, err := r.read(ctx, emit)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if stood {
			pause.reset()
		}
		r.link.lost(readingStream, err)
		pause.wait(ctx)
	}
}

// read reads over one connection until it breaks or Redis refuses, and says why; stood: it had read. What was pending
// comes first, each time: an answer that was lost on its way was delivered for Redis.
func (r *reader) read(ctx context.Context, emit sdk.Emit) (stood bool, err error) {
	s, err := connect(ctx, r.target, steady)
	if err != nil {
		return false, err
	}
	defer s.close()
	defer context.AfterFunc(ctx, s.close)()
	if err := r.join(ctx, s); err != nil {
		return false, err
	}
	r.again.Store(true)
	for {
		err := r.turn(ctx, s, emit)
		if groupGone(err) && r.OnLostGroup != waitForGroup {
			err = r.rejoin(ctx, s, err)
		}
		if err != nil {
			r.again.Store(true)
			return stood, err
		}
		if !stood {
			stood = true
			r.link.found(readingStream)
		}
	}
}

// turn reads what is pending where there may be something, claims where it is time, and waits for what is new.
func (r *reader) turn(ctx context.Context, s *session, emit sdk.Emit) error {
	if r.again.Swap(false) {
		if err := r.pending(ctx, s, emit); err != nil {
			return err
		}
	}
	if err := r.claim(ctx, s, emit); err != nil {
		return err
	}
	answer, err := r.ask(ctx, s, readInside, "xreadgroup", "group", r.Group, r.Consumer, "count", r.portion,
		"block", r.timing.block.Milliseconds(), "streams", r.Stream, ">")
	if err != nil {
		return err
	}
	return r.hand(ctx, s, emit, answer)
}

// pending reads the consumer's own pending entries and hands on those that are not held.
func (r *reader) pending(ctx context.Context, s *session, emit sdk.Emit) error {
	r.held.compare(true)
	defer r.held.compare(false)
	for after := "0"; ; {
		answer, err := r.ask(ctx, s, readInside, "xreadgroup", "group", r.Group, r.Consumer, "count", r.portion,
			"streams", r.Stream, after)
		if err != nil || len(answer.entries) == 0 {
			return err
		}
		after = answer.latest().String()
		before := r.figures.received.Load()
		if err := r.hand(ctx, s, emit, answer); err != nil {
			return err
		}
		r.figures.again.Add(r.figures.received.Load() - before)
	}
}

// The bounds of one answer: so many entries, of about so many bytes together. A surprise may double that; what is behind
// the budget is not kept, and asked for again.
const (
	firstPortion, mostPortion = 64, 512
	answerBytes               = 1 << 20
	answerBudget              = 4 << 20
)

// How many arrays are open among the entries of an answer.
const (
	readInside  = 3
	claimInside = 2
)

// ask sends a command whose answer holds entries. The answer's slices are valid until the next call; the bytes of its
// messages stay.
func (r *reader) ask(ctx context.Context, s *session, inside int, command ...any) (*reply, error) {
	r.answer = answerFor(inside, r.limit, answerBudget, r.answer)
	if err := s.entries(ctx, r.answer, command); err != nil {
		return nil, err
	}
	if r.answer.refusal != "" {
		return nil, refusal(harmless(r.answer.refusal))
	}
	if n := len(r.answer.entries); n > 0 {
		average := len(r.answer.data)/n + 1
		r.portion = min(max(answerBytes/average, 1), mostPortion)
	}
	return r.answer, nil
}

// refusal is an error answer.
type refusal string

func (e refusal) Error() string { return string(e) }

// RedisError makes it one of the library's.
func (e refusal) RedisError() {}
