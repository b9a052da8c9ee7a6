package mock

import (
	"context"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// batchLimit is how many messages are made at once at most.
const batchLimit = 256

// Receive makes messages at the pace of `every` until `count` are made, and makes those again that come back.
func (e *endpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	e.loop.open(emit)
	if e.began.IsZero() {
		e.began = time.Now()
	}
	var beat <-chan struct{}
	if every := e.config.Every; every != nil && *every > 0 {
		pace, err := newMetronome(*every)
		if err != nil {
			return err
		}
		defer pace.stop()
		beat = pace.C
	}
	for ctx.Err() == nil {
		due := e.due(time.Now())
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
		e.sleep(ctx, beat)
	}
	return ctx.Err()
}

// due says how many messages are to be made now.
func (e *endpoint) due(now time.Time) int64 {
	made := e.made.Load()
	left := int64(batchLimit)
	if e.config.Count > 0 {
		left = min(left, int64(e.config.Count)-made)
	}
	if e.window != nil {
		left = min(left, e.window.room(made))
	}
	if every := e.config.Every; every == nil {
		return 0
	} else if *every > 0 {
		left = min(left, int64(now.Sub(e.began) / *every)-made)
	}
	return max(left, 0)
}

// sleep waits for the next message to be due, for one that comes back, or for room in the window: one that nobody tells
// of is empty.
func (e *endpoint) sleep(ctx context.Context, beat <-chan struct{}) {
	var moved <-chan struct{}
	var late <-chan time.Time
	if e.config.Count > 0 && e.made.Load() >= int64(e.config.Count) {
		beat = nil
	} else if e.window != nil && e.window.room(e.made.Load()) == 0 {
		timer := time.NewTimer(windowPatience)
		defer timer.Stop()
		beat, moved, late = nil, e.window.moved, timer.C
	}
	select {
	case <-ctx.Done():
	case <-beat:
	case <-moved:
	case <-late:
		e.window.advance(e.made.Load())
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
	now := time.Now()
	for i, n := range numbers {
		messages[i].Header, messages[i].Payload = e.header, e.payload(n)
		if e.config.Stamp {
			messages[i].Time = e.dueAt(n, now).UnixNano()
		}
		if e.window != nil {
			messages[i].ID = e.id(n)
		}
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

// dueAt is when the message with a number was due: now, where they are made as fast as the hub takes them.
func (e *endpoint) dueAt(number int64, now time.Time) time.Time {
	if every := *e.config.Every; every > 0 {
		return e.began.Add(time.Duration(number) * every)
	}
	return now
}

// id ends with the message's number, for the window.
func (e *endpoint) id(number int64) (id core.ID) {
	copy(id[:], e.run[:])
	return id.Add(uint64(number))
}

// number is what an id of a message with a window ends with.
func number(id core.ID) int64 { return int64(binary.BigEndian.Uint64(id[8:])) }

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
