package delivery

import (
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// chunk is consecutive messages of one batch that share their fate so far. It aliases the batch.
type chunk struct {
	messages []core.Message
	// originals are the messages as their source gave them, kept where that is not what messages are and a dead letter may
	// want them; else nil.
	originals []core.Message
	ticket    core.Ticket
	// passage follows those messages that are traced; nil where none is.
	passage core.Passage
	// index is the place of messages[0] in its batch, position its place in all that was ever taken in.
	index    int
	position uint64
	// received is the time of receipt, on the outlet's clock: before 0 where the outlet is younger.
	received time.Duration
	// bytes is the payloads' sum, frame what the messages keep in memory, headers included, cost this chunk's share of that.
	bytes, frame, cost int
	// tries counts how often it was sent, from firstTry to lastTry, deaths how often its plugin died with it in flight.
	tries, deaths     int
	firstTry, lastTry time.Duration
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
	frame := max(batch.Pinned, bytes) + core.HeaderBytes(batch.Messages) + core.HeaderBytes(batch.Originals)
	return chunk{
		messages: batch.Messages, originals: batch.Originals, ticket: batch.Ticket, received: received, bytes: bytes, frame: frame, cost: frame,
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
	if c.originals != nil {
		head.originals, c.originals = c.originals[:n:n], c.originals[n:]
	}
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

// asGiven is the messages as their source gave them.
func (c *chunk) asGiven() []core.Message {
	if c.originals != nil {
		return c.originals
	}
	return c.messages
}

// compact copies the messages out of a frame of which they use less than a quarter.
func (c *chunk) compact() {
	payloads := c.bytes
	for i := range c.originals {
		payloads += c.originals[i].Size()
	}
	size := payloads + core.HeaderBytes(c.messages) + core.HeaderBytes(c.originals)
	if size >= c.frame/4 {
		return
	}
	buffer := make([]byte, 0, payloads)
	c.messages, buffer = copied(c.messages, buffer)
	if c.originals != nil {
		c.originals, _ = copied(c.originals, buffer)
	}
	c.frame, c.cost = size, size
}

// copied is messages whose payloads are appended to buffer, which has room for them.
func copied(messages []core.Message, buffer []byte) (_ []core.Message, rest []byte) {
	messages = slices.Clone(messages)
	for i := range messages {
		m := &messages[i]
		start := len(buffer)
		buffer = append(buffer, m.Payload...)
		m.Payload = buffer[start:len(buffer):len(buffer)]
	}
	return messages, buffer
}
