package coretest

import (
	"sync"

	"github.com/araldo-relay/araldo/core"
)

// Converter keeps what it is asked until the test lets it answer. It puts Prefix before each payload.
type Converter struct {
	Prefix string

	mu    sync.Mutex
	calls []call
	total int
}

type call struct {
	messages []core.Message
	done     func([]core.Message, []core.Fault)
}

// Convert implements core.Converter.
func (c *Converter) Convert(messages []core.Message, done func([]core.Message, []core.Fault)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call{messages, done})
	c.total++
}

// Waiting is how many calls have no answer yet.
func (c *Converter) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// Total is how many calls there were.
func (c *Converter) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Answer answers the oldest call, if there is one. Messages for which bad says a detail have that fault and no result.
func (c *Converter) Answer(reason core.Reason, bad func(core.Message) string) {
	c.mu.Lock()
	if len(c.calls) == 0 {
		c.mu.Unlock()
		return
	}
	oldest := c.calls[0]
	c.calls = c.calls[1:]
	c.mu.Unlock()
	out := make([]core.Message, len(oldest.messages))
	var faults []core.Fault
	for i, m := range oldest.messages {
		out[i] = m
		if detail := bad(m); detail != "" {
			faults = append(faults, core.Fault{Index: i, Reason: reason, Detail: detail})
			continue
		}
		out[i].Payload = append([]byte(c.Prefix), m.Payload...)
	}
	oldest.done(out, faults)
}

// AnswerAll answers all calls, also those that come meanwhile, without a fault.
func (c *Converter) AnswerAll() {
	for c.Waiting() > 0 {
		c.Answer(0, func(core.Message) string { return "" })
	}
}
