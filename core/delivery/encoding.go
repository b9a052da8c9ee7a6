package delivery

import "github.com/araldo-relay/araldo/core"

// What is encoded ahead of the lane, and how much of it at once. With two encodings under way lane and encoder are busy;
// what comes meanwhile makes the next one larger.
const (
	aheadMessages, aheadBytes = 512, 512 << 10
	onceMessages, onceBytes   = aheadMessages / 2, aheadBytes / 2
	mostEncodings             = 2
)

// encoding is values on their way through the encoder. Their chunks stay in the queue, where the policies reach them;
// what is left of them takes the results over.
type encoding struct {
	messages []core.Message
	faults   []core.Fault
	bytes    int
}

// encode has values turned into bytes, in the order of the queue, as far ahead of the lane as the limits allow, and all
// of them for an heir.
func (s *sender) encode() {
	if s.Encoder == nil || s.heir == nil && (s.flow.lane == nil || !s.enabled || s.held()) {
		return
	}
	from, messages, bytes := s.encodedAhead()
	for from < s.queue.ready.len() && s.encodings < mostEncodings &&
		(s.heir != nil || messages < aheadMessages && bytes < aheadBytes) {
		e, next := s.gather(from)
		for ; from < next; from++ {
			c := s.queue.ready.at(from)
			messages += len(c.messages)
			bytes += c.bytes
		}
		if len(e.messages) == 0 {
			continue
		}
		s.encodings++
		s.Encoder.Convert(e.messages, func(converted []core.Message, faults []core.Fault) {
			e.messages, e.faults = converted, faults
			s.outlet.post(event{kind: eventEncoded, encoding: e})
		})
	}
}

// encodedAhead finds the first ready chunk that nothing was done about, and what is before it.
func (s *sender) encodedAhead() (first, messages, bytes int) {
	for ; first < s.queue.ready.len(); first++ {
		c := s.queue.ready.at(first)
		if !c.encoded && c.encoding == nil {
			break
		}
		messages += len(c.messages)
		bytes += c.bytes
	}
	return first, messages, bytes
}

// gather makes one encoding of ready chunks from the one at from on; next is the one after them. Messages that can't be
// sent anyway become chunks of their own and are passed over.
func (s *sender) gather(from int) (e *encoding, next int) {
	e = &encoding{}
	messages := 0
	for next = from; next < s.queue.ready.len() && messages < onceMessages && e.bytes < onceBytes; next++ {
		c := s.queue.ready.at(next)
		if c.sound() == 0 {
			s.queue.part(next, 1)
			s.queue.ready.at(next).encoded = true
			continue
		}
		s.queue.part(next, min(c.sound(), c.within(int64(onceBytes-e.bytes)), onceMessages-messages))
		c = s.queue.ready.at(next)
		c.encoding, c.at = e, messages
		messages += len(c.messages)
		e.bytes += c.bytes
	}
	s.fill(e, from, next, messages)
	return e, next
}

// fill gives an encoding its messages: a lone chunk's as they are, else a list of all.
func (s *sender) fill(e *encoding, from, next, messages int) {
	for i := from; i < next; i++ {
		c := s.queue.ready.at(i)
		switch {
		case c.encoding != e:
		case len(c.messages) == messages:
			e.messages = c.messages
		case e.messages == nil:
			e.messages = append(make([]core.Message, 0, messages), c.messages...)
		default:
			e.messages = append(e.messages, c.messages...)
		}
	}
}

// encoded gives the results to what is left of an encoding's chunks.
func (s *sender) encoded(e *encoding) {
	s.encodings--
	e.bytes = 0
	for i := range e.messages {
		e.bytes += e.messages[i].Size()
	}
	for i := range s.queue.ready.len() {
		c := s.queue.ready.at(i)
		if c.encoding == e {
			c.take(e, s.DeadLetter != nil)
		} else if c.encoding == nil && !c.encoded {
			return
		}
	}
}

// take replaces the chunk's values by what they were encoded to; with keep, what came is kept. Its share of the queue's
// bytes stays what it was.
func (c *chunk) take(e *encoding, keep bool) {
	end := c.at + len(c.messages)
	if c.originals == nil && keep {
		c.originals = c.messages
	}
	if c.originals == nil {
		c.frame = 0
	}
	c.messages = e.messages[c.at:end:end]
	c.frame += e.bytes
	c.bytes = 0
	for i := range c.messages {
		c.bytes += c.messages[i].Size()
	}
	for _, f := range e.faults {
		if f.Index >= c.at && f.Index < end {
			f.Index += c.index - c.at
			c.faults = append(c.faults[:len(c.faults):len(c.faults)], f)
		}
	}
	c.encoding, c.encoded = nil, true
}
