package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/araldo-relay/araldo/core"
)

// Marshal turns canonical values into the format for somebody who waits, as an Encoder does. When ctx ends it returns
// core.ErrUnavailable. Its messages must have one source; trust has no meaning.
func (m *Marshalling) Marshal(ctx context.Context, messages []core.Message, _ []string) ([]core.Message, []core.Fault, error) {
	return m.marshal.ask(ctx, messages, nil)
}

// Unmarshal turns messages in the format into canonical values for somebody who waits, as a Decoder for trust does. When
// ctx ends it returns core.ErrUnavailable.
func (m *Marshalling) Unmarshal(ctx context.Context, messages []core.Message, trust []string) ([]core.Message, []core.Fault, error) {
	return m.decode.ask(ctx, messages, trust)
}

// ask waits for a conversion. What no process was given of it when ctx ends is taken back, so that nothing piles up behind
// a marshalling that is down.
func (q *conversions) ask(ctx context.Context, messages []core.Message, trust []string) ([]core.Message, []core.Fault, error) {
	type result struct {
		messages []core.Message
		faults   []core.Fault
	}
	done := make(chan result, 1)
	c := q.add(messages, trust, func(converted []core.Message, faults []core.Fault) { done <- result{converted, faults} })
	select {
	case r := <-done:
		return r.messages, r.faults, nil
	case <-ctx.Done():
		q.withdraw(c)
		return nil, nil, fmt.Errorf("%w: marshalling %s did not answer in time", core.ErrUnavailable, q.name())
	}
}

// withdraw takes back what waits of a conversion.
func (q *conversions) withdraw(c *conversion) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(r *request) bool { return r.conversion == c })
}
