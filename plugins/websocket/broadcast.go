package websocket

import (
	"context"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Lane gives an outlet its way to the connections.
func (e *endpoint) Lane(options sdk.LaneOptions) (sdk.Sink, error) {
	return &lane{e, options.NoEcho}, nil
}

// lane sends one outlet's messages.
type lane struct {
	endpoint *endpoint
	noEcho   bool
}

// Send queues each message for every connection that it is for. With `slow: wait` it waits for those whose queue is
// full; otherwise they lose what does not fit.
func (l *lane) Send(ctx context.Context, messages []sdk.Message) error {
	d := &delivery{endpoint: l.endpoint, burst: newBurst(messages, l.endpoint.config.Frames)}
	for _, s := range l.spans(messages) {
		if s.to == nil {
			d.broadcast(s)
		} else {
			d.addressed(s)
		}
	}
	if err := d.finish(ctx); err != nil {
		return err
	}
	return d.outcome()
}

// Portion keeps Sends that may wait short, so that the hub sees how they get on.
func (l *lane) Portion() (messages, bytes int) {
	if l.endpoint.config.Slow == SlowWait {
		return portionMessages, portionBytes
	}
	return 0, 0
}

// span is messages from..until-1 of a Send that are for the same connections.
type span struct {
	from, until int
	// to is whom one message is addressed to; nil: everybody.
	to *recipients
	// without says which messages of the span are kept from a connection, by its id; nil: none.
	without map[string][]int
}

// spans parts messages into runs for everybody and single ones that are addressed. Messages of one connection share
// their header, so that most need no look at their attributes.
func (l *lane) spans(messages []sdk.Message) []span {
	var list []span
	var header *sdk.Header
	var to *recipients
	var from string
	for i := range messages {
		if h := messages[i].Header; h != header || i == 0 {
			header, to, from = h, addressees(h), l.sender(h)
		}
		last := len(list) - 1
		if to != nil || last < 0 || list[last].to != nil {
			list = append(list, span{from: i, to: to})
			last++
		}
		list[last].until = i + 1
		if from != "" && to == nil {
			if list[last].without == nil {
				list[last].without = make(map[string][]int)
			}
			list[last].without[from] = append(list[last].without[from], i)
		}
	}
	return list
}

// addressees are whom messages with the header are for; nil: everybody.
func addressees(h *sdk.Header) *recipients {
	if h == nil {
		return nil
	}
	text, has := h.Attributes.Get("to")
	if !has {
		return nil
	}
	to := parseTo(text)
	return &to
}

// sender is the connection to leave out, empty for none.
func (l *lane) sender(h *sdk.Header) string {
	if !l.noEcho || h == nil {
		return ""
	}
	id, _ := h.Attributes.Get("conn")
	return id
}

// delivery is one Send under way.
type delivery struct {
	endpoint *endpoint
	burst    *burst
	// late are the pieces that wait for room, per connection and in order; nil: none.
	late map[*conn][]piece
	// unserved are the messages that nobody is there for.
	unserved []sdk.Exception
}

// broadcast queues a span for everybody.
func (d *delivery) broadcast(s span) {
	e := d.endpoint
	e.mu.RLock()
	defer e.mu.RUnlock()
	for id, c := range e.connections {
		skipped := s.without[id]
		if skipped == nil {
			d.queue(c, piece{d.burst, s.from, s.until})
			continue
		}
		d.queue(c, runs(d.burst, s, skipped)...)
		if len(e.connections) == 1 {
			d.noRecipients(skipped)
		}
	}
	if len(e.connections) == 0 {
		d.noRecipient(s.from, s.until)
	}
}

// runs are the pieces of a span without the messages that are skipped.
func runs(b *burst, s span, skipped []int) []piece {
	var list []piece
	from := s.from
	for _, i := range skipped {
		if from < i {
			list = append(list, piece{b, from, i})
		}
		from = i + 1
	}
	if from < s.until {
		list = append(list, piece{b, from, s.until})
	}
	return list
}

// addressed queues a message for those that its `to` names. Unknown ones are counted.
func (d *delivery) addressed(s span) {
	e := d.endpoint
	e.tally.unknown.Add(uint64(s.to.unknown))
	if s.to.all {
		d.broadcast(span{from: s.from, until: s.until})
		return
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	found := 0
	for _, id := range s.to.ids {
		if c := e.connections[id]; c != nil {
			d.queue(c, piece{d.burst, s.from, s.until})
			found++
		}
	}
	e.tally.unknown.Add(uint64(len(s.to.ids) - found))
	if found == 0 {
		d.noRecipient(s.from, s.until)
	}
}

// queue offers pieces to a connection, in order. It does not wait: what has to is late.
func (d *delivery) queue(c *conn, pieces ...piece) {
	for _, p := range pieces {
		if len(d.late[c]) == 0 {
			p, _ = c.out.offer(p)
		}
		switch {
		case p.from == p.until:
		case d.endpoint.config.Slow == SlowWait:
			d.wait(c, p)
		default:
			d.lose(c, p.until-p.from)
		}
	}
}

func (d *delivery) wait(c *conn, p piece) {
	if d.late == nil {
		d.late = make(map[*conn][]piece)
	}
	d.late[c] = append(d.late[c], p)
}

func (d *delivery) lose(c *conn, n int) {
	c.out.lose(n)
	d.endpoint.tally.lost.Add(uint64(n))
}

func (d *delivery) noRecipient(from, until int) {
	d.unserved = append(d.unserved,
		sdk.Exception{Index: from, Count: until - from, Outcome: core.OutcomeNoRecipient})
}

func (d *delivery) noRecipients(indices []int) {
	for _, i := range indices {
		d.noRecipient(i, i+1)
	}
}

func (d *delivery) outcome() error {
	if len(d.unserved) == 0 {
		return nil
	}
	return &sdk.SendError{Exceptions: d.unserved}
}

// finish queues what is late, as room appears. All connections have the same time for that; then they are cut.
func (d *delivery) finish(ctx context.Context) error {
	if d.late == nil {
		return nil
	}
	limit, cancel := context.WithTimeout(ctx, d.endpoint.limits.wait)
	defer cancel()
	for c, pieces := range d.late {
		for _, p := range pieces {
			rest := waitFor(limit, c, p)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if rest > 0 {
				d.lose(c, rest)
				c.cutSlow()
			}
		}
	}
	return nil
}

// waitFor queues a piece and returns how many of its messages found no room until ctx ended.
func waitFor(ctx context.Context, c *conn, p piece) (rest int) {
	for {
		var room <-chan struct{}
		if p, room = c.out.offer(p); p.from == p.until {
			return 0
		}
		select {
		case <-room:
		case <-ctx.Done():
			return p.until - p.from
		}
	}
}
