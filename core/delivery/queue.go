package delivery

import (
	"cmp"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// queue holds what is to be sent: ready in order, later the failed ones that pause. Both count for its limits. Batches
// over the limits of a blocking queue stand at its end like the others; only their tickets are not told yet.
type queue struct {
	maxMessages, maxCost int
	// encodes: what is ready is sent when it is encoded. What is later was.
	encodes        bool
	ready          deque[chunk]
	later          []delayed // by due
	messages, cost int
	doors          deque[door]
	// in counts all that was ever pushed at the end.
	inMessages, inCost int
}

type delayed struct {
	chunk
	due time.Duration
}

// door is the end of a batch whose ticket waits until all of it is within the limits.
type door struct {
	ticket             core.Ticket
	inMessages, inCost int
}

// push adds c at the end.
func (q *queue) push(c chunk) {
	q.ready.pushBack(c)
	q.grow(&c, 1)
	q.inMessages += len(c.messages)
	q.inCost += c.cost
}

// restore puts c, which was sent, back at the front, behind only what came in before it.
func (q *queue) restore(c chunk) {
	c.compact()
	i := 0
	for i < q.ready.len() && q.ready.at(i).position < c.position {
		i++
	}
	q.ready.insert(i, c)
	q.grow(&c, 1)
}

// delay puts c back until due.
func (q *queue) delay(c chunk, due time.Duration) {
	c.compact()
	at, _ := slices.BinarySearchFunc(q.later, due, func(d delayed, due time.Duration) int { return cmp.Compare(d.due, due) })
	q.later = slices.Insert(q.later, at, delayed{c, due})
	q.grow(&c, 1)
}

func (q *queue) grow(c *chunk, sign int) {
	q.messages += sign * len(c.messages)
	q.cost += sign * c.cost
}

// next is the chunk whose sound beginning is to be sent now, nil where there is none; it is valid until the next
// change.
func (q *queue) next(now time.Duration) *chunk {
	if q.due(now) {
		return &q.later[0].chunk
	}
	if q.ready.len() == 0 || q.encodes && !q.ready.at(0).encoded || q.ready.at(0).sound() == 0 {
		return nil
	}
	return q.ready.at(0)
}

// take takes the first n messages of what next returned.
func (q *queue) take(n int, now time.Duration) chunk {
	if c := q.next(now); n < len(c.messages) {
		head := c.split(n)
		q.grow(&head, -1)
		return head
	}
	if q.due(now) {
		return q.removeLater(0)
	}
	return q.pop()
}

// due reports whether a failed message is to be sent now.
func (q *queue) due(now time.Duration) bool { return len(q.later) > 0 && q.later[0].due <= now }

// part makes the first n messages of ready chunk i a chunk of their own.
func (q *queue) part(i, n int) {
	if c := q.ready.at(i); n < len(c.messages) {
		q.ready.insert(i, c.split(n))
	}
}

func (q *queue) pop() chunk {
	c := q.ready.popFront()
	q.grow(&c, -1)
	return c
}

func (q *queue) removeLater(i int) chunk {
	c := q.later[i].chunk
	q.later = slices.Delete(q.later, i, i+1)
	q.grow(&c, -1)
	return c
}

// full reports whether the queue is over its limits. One message alone never is.
func (q *queue) full() bool {
	return q.messages > q.maxMessages || q.cost > q.maxCost && q.messages > 1
}

// shed takes out one piece of what is over the limits, while full, from the oldest end or the newest. Failed messages
// were taken in before all that are ready.
func (q *queue) shed(oldest bool) chunk {
	end := q.ready.len() - 1
	if len(q.later) > 0 && (oldest || end < 0) {
		return q.removeLater(len(q.later) - 1)
	}
	if oldest {
		end = 0
	}
	c := *q.ready.at(end)
	n := q.excess(&c)
	switch {
	case n == len(c.messages):
		q.ready.remove(end, end+1)
	case oldest:
		c = q.ready.at(end).split(n)
	default:
		*q.ready.at(end) = c.split(len(c.messages) - n)
	}
	q.grow(&c, -1)
	return c
}

// excess is how many messages of c, at one end of the queue, are over the limits: one at least.
func (q *queue) excess(c *chunk) int {
	n := q.messages - q.maxMessages
	if over := q.cost - q.maxCost; over > 0 {
		each := max(1, c.cost/len(c.messages))
		n = max(n, (over+each-1)/each)
	}
	return max(1, min(n, len(c.messages), q.messages-1))
}

// wait makes ticket wait until all that was pushed so far is within the limits.
func (q *queue) wait(ticket core.Ticket) {
	if ticket != nil {
		q.doors.pushBack(door{ticket, q.inMessages, q.inCost})
	}
}

// admit tells the tickets whose batches are within the limits by now.
func (q *queue) admit() {
	for q.doors.len() > 0 {
		d := q.doors.at(0)
		messages := q.messages - (q.inMessages - d.inMessages)
		cost := q.cost - (q.inCost - d.inCost)
		if messages > q.maxMessages || cost > q.maxCost && messages > 1 {
			return
		}
		d.ticket.Queued()
		q.doors.popFront()
	}
}

// oldest is the time of receipt of the first message, and whether there is one.
func (q *queue) oldest() (received time.Duration, found bool) {
	if q.ready.len() > 0 {
		received, found = q.ready.at(0).received, true
	}
	for i := range q.later {
		if c := &q.later[i]; !found || c.received < received {
			received, found = c.received, true
		}
	}
	return received, found
}
