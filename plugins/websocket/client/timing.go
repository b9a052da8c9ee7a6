package client

import (
	"context"
	"math/rand/v2"
	"time"
)

// timing bounds how long things may take; tests shorten it.
type timing struct {
	// greet is how long the opening of an endpoint may wait for its first connection.
	greet time.Duration
	// handshake is for connecting, TLS and the upgrade together.
	handshake time.Duration
	// pong is how long past a ping's time the server may say nothing at all. With the usual interval a network that
	// swallows everything is noticed within 30 s.
	pong time.Duration
	// stall is how long the server may take nothing. It is less than the hub's usual timeout of 10 s, so that the
	// endpoint, which knows what was written and what was not, is the one to judge.
	stall time.Duration
	// grace is for the end of a connection.
	grace time.Duration
	// retry is the first pause between attempts, retryMax the longest; settled is how long a connection must have stood
	// for the pauses to begin anew.
	retry, retryMax, settled time.Duration
}

var usual = timing{
	greet: 200 * time.Millisecond, handshake: 10 * time.Second, pong: 8 * time.Second, stall: 6 * time.Second, grace: 2 * time.Second,
	retry: 200 * time.Millisecond, retryMax: 30 * time.Second, settled: 5 * time.Second,
}

// backoff doubles a pause from timing.retry to timing.retryMax.
type backoff struct {
	timing
	next time.Duration
}

// stood is told how long a connection lasted.
func (b *backoff) stood(d time.Duration) {
	if d >= b.settled {
		b.next = 0
	}
}

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
