package redis

import (
	"context"
	"math/rand/v2"
	"time"
)

// timing is when connections are looked after; tests shorten it.
type timing struct {
	// ping is how often Redis is asked for an answer, silence how long it may say nothing at all.
	ping, silence time.Duration
	// retry is the first pause before a lost connection is opened again, retryMax the longest.
	retry, retryMax time.Duration
	// greet is how long an endpoint's opening may wait for a first answer.
	greet time.Duration
	// block is how long Redis waits for entries of a stream before it answers that there are none.
	block time.Duration
}

var usual = timing{
	ping: 10 * time.Second, silence: 25 * time.Second, retry: 200 * time.Millisecond, retryMax: 5 * time.Second,
	greet: 200 * time.Millisecond, block: time.Second,
}

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
