package delivery

import (
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// chunk is consecutive messages of one batch that share their fate so far. It aliases the batch.
type chunk struct {
	messages []core.Message
	ticket   core.Ticket
	// index is the place of messages[0] in its batch, position its place in all that was ever taken in.
	index    int
	position uint64
	// received is the time of receipt, on the outlet's clock: before 0 where the outlet is younger.
	received time.Duration
	// bytes is the payloads' sum, frame what the messages keep in memory, cost this chunk's share of that.
	bytes, frame, cost int
	// tries counts how often it was sent, deaths how often its plugin died with it in flight.
	tries, deaths int
	// held: its first message can't be delivered and on-poison is block.
	held bool
	// faults are those of its messages that can't be sent, by ascending index in their batch.
	faults []core.Fault
	// encoding is what turns its values into bytes, messages[0] being that one's message number at; nil before and, with
	// encoded set, after.
	encoding *encoding
	at       int
	encoded  bool
}

func newChunk(batch core.Batch, received time.Duration) chunk {
	bytes := batch.Bytes()
	frame := max(batch.Pinned, bytes)
	return chunk{
		messages: batch.Messages, ticket: batch.Ticket, received: received, bytes: bytes, frame: frame, cost: frame,
		faults: batch.Faults,
	}
}

// split takes the first n messages out of c.
func (c *chunk) split(n int) chunk {
	head := *c
	head.messages = c.messages[:n:n]
	head.cost = c.cost / len(c.messages) * n
	head.bytes = 0
	for i := range head.messages {
		head.bytes += head.messages[i].Size()
	}
	c.messages = c.messages[n:]
	c.cost -= head.cost
	c.bytes -= head.bytes
	c.index += n
	c.at += n
	c.position += uint64(n)
	if len(c.faults) > 0 {
		i, _ := slices.BinarySearchFunc(c.faults, c.index, func(f core.Fault, index int) int { return f.Index - index })
		head.faults, c.faults = c.faults[:i:i], c.faults[i:]
	}
	return head
}

// sound is how many messages come before the first that can't be sent.
func (c *chunk) sound() int {
	if len(c.faults) > 0 {
		return c.faults[0].Index - c.index
	}
	return len(c.messages)
}

// within says how many messages from the first on may be sent with that much byte credit left: the last may overdraw.
func (c *chunk) within(bytes int64) int {
	for i := range c.messages {
		if bytes <= 0 {
			return i
		}
		bytes -= int64(c.messages[i].Size())
	}
	return len(c.messages)
}

// compact copies the messages out of a frame of which they use less than a quarter.
func (c *chunk) compact() {
	if c.bytes >= c.frame/4 {
		return
	}
	buffer := make([]byte, 0, c.bytes)
	c.messages = slices.Clone(c.messages)
	for i := range c.messages {
		m := &c.messages[i]
		start := len(buffer)
		buffer = append(buffer, m.Payload...)
		m.Payload = buffer[start:len(buffer):len(buffer)]
	}
	c.frame, c.cost = c.bytes, c.bytes
}
