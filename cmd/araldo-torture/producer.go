package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

// pace is how often messages are sent, behind how much of them is given up when the server was away, retry how often it is
// then tried.
const (
	pace   = 10 * time.Millisecond
	behind = time.Second
	retry  = 100 * time.Millisecond
)

// producer is the application that puts messages into the source's stream, directly, not through the proxy. What the
// server answered is accepted; an attempt without an answer is neither repeated nor known.
type producer struct {
	client *redis.Client
	ledger *ledger.Ledger
	rate   int
	// enough is after how many accepted messages it ends; 0: never.
	enough int
	// working is how long the server has answered, nanoseconds; failed the pipelines that it did not answer.
	working, failed atomic.Int64
}

// run sends until ctx ends or it is enough.
func (p *producer) run(ctx context.Context) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	due := time.Now()
	for p.enough == 0 || p.ledger.Acked() < p.enough {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if late := time.Since(due); late > behind {
			due = due.Add(late - behind)
		}
		n := int(time.Since(due).Seconds() * float64(p.rate))
		due = due.Add(time.Duration(n) * time.Second / time.Duration(p.rate))
		began := time.Now()
		if n == 0 {
			continue
		}
		if p.send(n) {
			p.working.Add(int64(max(time.Since(began), pace)))
			continue
		}
		// While the server is away, one message now and then finds out when it is back.
		for pause(ctx, retry) && !p.send(1) {
		}
	}
}

// send adds n messages and reports whether the server has answered.
func (p *producer) send(n int) bool {
	// Not ended with the run: a message under way at its end would be one whose fate nobody knows.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	pipe := p.client.Pipeline()
	numbers := make([]uint64, n)
	for i := range numbers {
		numbers[i] = p.ledger.Send()
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: source, Values: p.fields(numbers[i])})
	}
	answers, err := pipe.Exec(ctx)
	for i, answer := range answers {
		if answer.Err() == nil {
			p.ledger.Ack(numbers[i])
		}
	}
	if err != nil {
		p.failed.Add(1)
	}
	return err == nil
}

// fields are the entry of message n. Poison has a grade that is no number.
func (p *producer) fields(n uint64) []any {
	grade := "1"
	if p.ledger.Poison(n) {
		grade = "none"
	}
	return []any{"body", p.ledger.Payload(n), "n", fmt.Sprint(n), "grade", grade}
}
