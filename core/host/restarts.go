package host

import (
	"context"
	"math/rand/v2"
	"time"
)

// pauses are the waits between attempts: none before the first, then initial, doubled up to max, each shortened by up
// to a half at random so that many do not come back at the same moment.
type pauses struct {
	initial, max time.Duration
	attempts     int
}

func (p *pauses) next() time.Duration {
	p.attempts++
	if p.attempts == 1 {
		return 0
	}
	pause := p.initial
	for i := 2; i < p.attempts && pause > 0 && pause < p.max; i++ {
		pause *= 2
	}
	pause = min(pause, p.max)
	return pause - rand.N(pause/2+1)
}

// reset makes the next wait the first again.
func (p *pauses) reset() { p.attempts = 0 }

// restarts decides whether and when a plugin is started again.
type restarts struct {
	policy  RestartPolicy
	healthy time.Duration
	pauses  pauses
	times   []time.Time
}

func newRestarts(policy RestartPolicy, healthy time.Duration) *restarts {
	return &restarts{policy: policy, healthy: healthy, pauses: pauses{initial: policy.Initial, max: policy.Max}}
}

// follow takes another policy over, and what happened so far with it.
func (r *restarts) follow(policy RestartPolicy) {
	r.policy, r.pauses.initial, r.pauses.max = policy, policy.Initial, policy.Max
}

// next is told when a process ended and how long it had been well, 0 for one that never was. It returns the pause
// before the next start, or false when there were too many.
func (r *restarts) next(now time.Time, ran time.Duration) (pause time.Duration, again bool) {
	if ran >= r.healthy {
		r.pauses.reset()
	}
	if r.policy.Limit == 0 {
		return r.pauses.next(), true
	}
	kept := r.times[:0]
	for _, t := range r.times {
		if now.Sub(t) < r.policy.Window {
			kept = append(kept, t)
		}
	}
	r.times = kept
	if len(r.times) >= r.policy.Limit {
		return 0, false
	}
	r.times = append(r.times, now)
	return r.pauses.next(), true
}

// sleep waits and reports whether ctx let it.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
