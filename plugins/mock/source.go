package mock

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// batchLimit is how many messages are made at once at most.
const batchLimit = 256

// Receive makes messages at the pace of `every` until `count` are made, and makes those again that come back.
func (e *endpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	e.loop.open(emit)
	for ctx.Err() == nil {
		due, pause := e.due(time.Now())
		if err := e.emit(ctx, emit, e.again.take()); err != nil {
			return err
		}
		if due > 0 {
			first := e.made.Add(due) - due + 1
			if err := e.emit(ctx, emit, consecutive(first, due)); err != nil {
				return err
			}
			continue
		}
		e.sleep(ctx, pause)
	}
	return ctx.Err()
}

// due says how many messages are to be made now and, if none, when to look again; pause 0 means never.
func (e *endpoint) due(now time.Time) (n int64, pause time.Duration) {
	made := e.made.Load()
	left := int64(batchLimit)
	if e.config.Count > 0 {
		left = min(left, int64(e.config.Count)-made)
	}
	if e.config.Every == nil || left <= 0 {
		return 0, 0
	}
	every := *e.config.Every
	if every == 0 {
		return left, 0
	}
	elapsed := now.Sub(e.began)
	if n = min(left, int64(elapsed/every)-made); n > 0 {
		return n, 0
	}
	return 0, time.Duration(made+1)*every - elapsed
}

// sleep waits for the next message to be due or for one that comes back.
func (e *endpoint) sleep(ctx context.Context, pause time.Duration) {
	var due <-chan time.Time
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-e.again.some:
	}
}

func consecutive(first, n int64) []int64 {
	numbers := make([]int64, n)
	for i := range numbers {
		numbers[i] = first + int64(i)
	}
	return numbers
}

// emit makes the messages with these numbers.
func (e *endpoint) emit(ctx context.Context, emit sdk.Emit, numbers []int64) error {
	if len(numbers) == 0 {
		return nil
	}
	messages := make([]sdk.Message, len(numbers))
	for i, n := range numbers {
		messages[i].Header, messages[i].Payload = e.header, e.payload(n)
	}
	if !e.config.Ack {
		return emit(ctx, messages)
	}
	tokens := make([]string, len(numbers))
	for i, n := range numbers {
		tokens[i] = strconv.FormatInt(n, 10)
	}
	return emit(ctx, messages, tokens...)
}

// payload is shared by all messages where it does not depend on the number.
func (e *endpoint) payload(n int64) []byte {
	if e.fixed != nil {
		return e.fixed
	}
	return fill(strings.ReplaceAll(e.config.Payload, "{n}", strconv.FormatInt(n, 10)), int(e.config.Size))
}

func fill(text string, size int) []byte {
	if missing := size - len(text); missing > 0 {
		text += strings.Repeat(".", missing)
	}
	return []byte(text)
}

// Settle remembers what the hub gave back.
func (e *endpoint) Settle(_ context.Context, settled, back []string) error {
	e.settled.Add(int64(len(settled)))
	numbers := make([]int64, len(back))
	for i, token := range back {
		n, err := strconv.ParseInt(token, 10, 64)
		if err != nil {
			return err
		}
		numbers[i] = n
	}
	e.again.add(numbers)
	return nil
}

// returned are the numbers of messages to be made again.
type returned struct {
	mu      sync.Mutex
	numbers []int64
	some    chan struct{} // capacity 1
}

func (r *returned) add(numbers []int64) {
	if len(numbers) == 0 {
		return
	}
	r.mu.Lock()
	r.numbers = append(r.numbers, numbers...)
	r.mu.Unlock()
	select {
	case r.some <- struct{}{}:
	default:
	}
}

func (r *returned) take() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	numbers := r.numbers
	r.numbers = nil
	return numbers
}
