package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

const (
	// warmTime is how long all runs well before the first fault.
	warmTime = 3 * time.Second
	// recoveryTime bounds how long messages may take to flow again after a fault: the breaker's longest pause and the
	// longest restart of a plugin.
	recoveryTime = 2 * time.Minute
	// settleTime bounds how long the last message may take to arrive, and figures to be what they were.
	settleTime = 2 * time.Minute
)

// warmUp lets messages flow and measures what the hub uses when all is well.
func (r *run) warmUp(ctx context.Context) error {
	if err := r.flows(ctx, 0); err != nil {
		return fmt.Errorf("nothing flows: %w: %s", err, r.hub.lastLines())
	}
	if !pause(ctx, warmTime) {
		return ctx.Err()
	}
	var err error
	r.report.Before, err = r.measure(ctx)
	return err
}

// flows waits until a message with at least that number has come to the archive and to a browser.
func (r *run) flows(ctx context.Context, number uint64) error {
	return until(ctx, recoveryTime, func() bool { return r.flowed(number) })
}

// flowed reports whether a message with at least that number has come to both.
func (r *run) flowed(number uint64) bool {
	return r.ledger.Newest(ledger.Archive) > number && r.ledger.Newest(ledger.Browser) > number
}

// followPlan makes faults until the plan is at its end.
func (r *run) followPlan(ctx context.Context) error {
	s := newSchedule(r.plan(), r.seed)
	end := time.Now().Add(r.duration)
	for !r.over(end) {
		f := s.next()
		if !pause(ctx, f.rest) {
			return ctx.Err()
		}
		if err := r.suffer(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// over reports whether the plan is at its end. Where messages are counted, the faults that the plan begins with come in
// any case.
func (r *run) over(end time.Time) bool {
	made := len(r.report.Faults)
	limit := r.faults
	if limit == 0 {
		limit = r.plan().faults
	}
	switch {
	case limit > 0:
		return made >= limit
	case r.enough() > 0:
		return made >= len(r.plan().first) && r.ledger.Acked() >= r.enough()
	default:
		return time.Now().After(end)
	}
}

// suffer makes one fault and waits until it is overcome.
func (r *run) suffer(ctx context.Context, f fault) error {
	w, err := r.kinds()[f.kind](ctx, f)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", f.kind, f.target, err)
	}
	mark := r.ledger.Sent()
	done := happened{Kind: f.kind, Target: f.target, Lasted: seconds(f.lasts), Ready: seconds(w.ready)}
	if !r.plan().rush && !r.ended() {
		err = until(ctx, recoveryTime, func() bool { return r.flowed(mark) || r.ended() })
		done.Recovery = seconds(time.Since(w.over))
	}
	if errors.Is(err, errLate) {
		r.complain("messages do not flow %v after %s %s", recoveryTime, f.kind, f.target)
	} else if err != nil {
		return err
	}
	r.note(ctx, done, w)
	return nil
}

// ended reports whether the load has come to its number.
func (r *run) ended() bool { return r.enough() > 0 && r.ledger.Acked() >= r.enough() }

// note writes a fault down, and whether it showed.
func (r *run) note(ctx context.Context, done happened, w wound) {
	evidence, err := w.hurt(ctx)
	if err != nil {
		done.Vacuous, evidence = true, err.Error()
	}
	done.Evidence = evidence
	r.report.Faults = append(r.report.Faults, done)
	r.say("%s", done)
}

// measure reads what the hub uses now.
func (r *run) measure(ctx context.Context) (sample, error) {
	status, err := r.hub.status(ctx)
	if err != nil {
		return sample{}, err
	}
	var s sample
	for _, pid := range tree(status) {
		s.Memory += memory(pid)
		s.Descriptors += descriptors(pid)
	}
	s.Goroutines, err = r.hub.goroutines(ctx)
	return s, err
}

// compare waits, under load, until the hub uses no more than before the faults.
func (r *run) compare(ctx context.Context) error {
	err := until(ctx, settleTime/4, func() bool {
		now, err := r.measure(ctx)
		r.report.After = now
		return err == nil && !leaks(r.report.Before, now)
	})
	if errors.Is(err, errLate) {
		return nil
	}
	return err
}

// leaks reports whether more is open than what connections of the moment account for.
func leaks(before, after sample) bool {
	const few = 12
	return after.Goroutines > before.Goroutines+few || after.Descriptors > before.Descriptors+few
}

// settle waits until all that was accepted has arrived and is acknowledged.
func (r *run) settle(ctx context.Context) error {
	err := until(ctx, settleTime, func() bool {
		if r.ledger.Open() > 0 {
			return false
		}
		unacked, unread, err := pending(ctx, r.redis.client)
		r.report.Pending, r.report.Unread = unacked, unread
		return err == nil && unacked == 0 && unread == 0
	})
	if errors.Is(err, errLate) {
		return nil
	}
	return err
}

// fresh sends one more message, which must arrive in the archive. A browser may miss it, if it has not come back from the
// last fault: then it must get one of the next.
func (r *run) fresh(ctx context.Context) {
	first := r.sendOne()
	last := time.Now()
	err := until(ctx, recoveryTime, func() bool {
		if r.flowed(first) {
			return true
		}
		if time.Since(last) > time.Second {
			r.sendOne()
			last = time.Now()
		}
		return false
	})
	r.report.Fresh = err == nil
}

// sendOne sends a message that is no poison and returns its number.
func (r *run) sendOne() uint64 {
	for r.ledger.Poison(r.ledger.Sent()) {
		r.ledger.Send()
	}
	number := r.ledger.Sent()
	r.producer.send(1)
	return number
}
