package host

import (
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// The window of an inbound: so much may be on its way to the queues of the outlets that it waits for.
const (
	windowMessages = 4096
	windowBytes    = 4 << 20
)

// inbound is lane 0 of one stream: what the plugin may send, and what it is told about what it sent.
type inbound struct {
	stream *stream
	inlet  Inlet
	epoch  uint64
	// receipts: the source acknowledges to its origin, and so wants to know.
	receipts bool
	// replays: it brings again what it hears nothing of.
	replays bool
	// next is the sequence number that must come next; the reader's own.
	next uint64

	mu sync.Mutex
	// credit is what the plugin may still send, owed what of it was used and may be granted again.
	credit, owed quota
	settling     settling
	// tickets are those of batches that are not settled, where the source wants receipts.
	tickets map[*ticket]struct{}
	// waiting messages are settled and not reported; due: they are to be reported now.
	waiting int
	due     bool
	gather  *time.Timer
	over    bool
}

// quota is a number of messages and of their payload bytes.
type quota struct{ messages, bytes int64 }

func newInbound(s *stream, epoch uint64) *inbound {
	e := s.endpoint
	can := e.plugin.capabilities(e.instance)
	return &inbound{
		stream: s, inlet: e.inlet, epoch: epoch, next: 1,
		receipts: can.Inbound != nil && can.Inbound.Ack != core.AckNone,
		replays:  can.Inbound != nil && can.Inbound.Replay != core.ReplayNone,
		owed:     quota{windowMessages, windowBytes},
		tickets:  make(map[*ticket]struct{}),
	}
}

// end stops the gathering. What is not settled is carried over to the streams that follow.
func (in *inbound) end() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.over = true
	if in.gather != nil {
		in.gather.Stop()
	}
	in.stream.endpoint.carried.orphan(in)
	in.carry()
	clear(in.tickets)
}

// share carries over what is not settled although the stream goes on: the plugin opens the instance anew, which then
// brings it again.
func (in *inbound) share() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.carry()
}

// carry keeps what is not settled, where it comes again. The caller holds the lock.
func (in *inbound) carry() {
	if !in.replays {
		return
	}
	for t := range in.tickets {
		t.shared = true
		in.stream.endpoint.carried.keep(t, in.settling.open(t.first, t.first+uint64(t.count)-1))
	}
}

// accept takes a batch from the plugin and hands what is right about it to the inlet.
func (in *inbound) accept(b *pluginv1.Batch, now time.Time, pinned int) error {
	status := in.stream.endpoint.status
	if b.Epoch != in.epoch {
		status.refuse(refusedEpoch)
		return nil
	}
	if len(b.Payloads) == 0 {
		return nil
	}
	if b.Sequence != in.next {
		return violates(resetSequence, "message %d came where %d was due", b.Sequence, in.next)
	}
	if err := in.spend(b); err != nil {
		return err
	}
	in.next += uint64(len(b.Payloads))
	if len(b.Headers) > len(b.Payloads) {
		return violates(resetColumns, "%d headers for %d messages", len(b.Headers), len(b.Payloads))
	}
	sizes := in.stream.endpoint.cleanHeaders(b.Headers)
	messages, err := wire.FromBatch(b, in.stream.endpoint.instance.Name)
	if err != nil {
		return violates(resetColumns, "%v", err)
	}
	in.stream.endpoint.stamp(messages, now.UnixNano())
	in.hand(b, core.Batch{Messages: messages, Faults: wire.Faults(b), Received: now, Pinned: pinned}, sizes)
	return nil
}

// spend takes a batch from the credit.
func (in *inbound) spend(b *pluginv1.Batch) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if int64(len(b.Payloads)) > in.credit.messages {
		return violates(resetCredit, "%d messages came with credit for %d", len(b.Payloads), in.credit.messages)
	}
	in.credit.messages -= int64(len(b.Payloads))
	for _, payload := range b.Payloads {
		if in.credit.bytes <= 0 {
			return violates(resetCredit, "messages came with the byte credit used up")
		}
		in.credit.bytes -= int64(len(payload))
	}
	return nil
}

// hand gives the messages to the inlet, in runs between those that are too large or are here already, each with a ticket.
func (in *inbound) hand(b *pluginv1.Batch, whole core.Batch, headerSizes []int) {
	limit := in.stream.endpoint.plugin.host.options.MaxMessage
	start := 0
	for i := range whole.Messages {
		m, sequence := &whole.Messages[i], b.Sequence+uint64(i)
		tooLarge := len(m.Payload)+headerSize(b, headerSizes, i) > limit
		if !tooLarge && !in.known(sequence, m) {
			continue
		}
		in.run(b.Sequence, whole, start, i)
		if tooLarge {
			in.reject(sequence, m.Size())
		}
		start = i + 1
	}
	in.run(b.Sequence, whole, start, len(whole.Messages))
}

// known reports whether a message came over an earlier stream and is here still; then it is taken care of.
func (in *inbound) known(sequence uint64, m *core.Message) bool {
	carried := in.stream.endpoint.carried
	return in.receipts && carried.some.Load() && carried.again(in, sequence, m)
}

// headerSize is what message i's attributes and content type count for.
func headerSize(b *pluginv1.Batch, sizes []int, i int) int {
	switch {
	case len(b.HeaderOf) > 0:
		return sizes[b.HeaderOf[i]]
	case len(sizes) > 0:
		return sizes[0]
	}
	return 0
}

// run gives the inlet the messages from up to to of the batch that begins with number first.
func (in *inbound) run(first uint64, batch core.Batch, from, to int) {
	if from == to {
		return
	}
	e := in.stream.endpoint
	batch.Source, batch.Messages = e.instance.Name, batch.Messages[from:to:to]
	batch.Faults = core.FaultsWithin(batch.Faults, from, to)
	bytes := batch.Bytes()
	batch.Ticket = in.ticket(first+uint64(from), batch.Messages, bytes)
	e.status.count(to-from, bytes)
	in.inlet.Accept(batch)
}

// ticket makes the ticket of a batch.
func (in *inbound) ticket(first uint64, messages []core.Message, bytes int) *ticket {
	t := &ticket{inbound: in, first: first, count: len(messages), bytes: bytes, open: len(messages)}
	if !in.receipts {
		return t
	}
	t.ids = make([]core.ID, len(messages))
	for i := range messages {
		t.ids[i] = messages[i].ID
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.tickets[t] = struct{}{}
	if in.over {
		in.carry()
		clear(in.tickets)
	}
	return t
}

// reject settles a message that is over the limit, so that its source neither waits for it nor brings it again.
func (in *inbound) reject(sequence uint64, bytes int) {
	in.stream.endpoint.status.refuse(refusedTooLarge)
	in.returnCredit(1, bytes)
	in.settle(sequence, 1, &pluginv1.Exception{
		First: sequence, Count: 1, Outcome: pluginv1.Outcome_OUTCOME_FAILED, Failure: &pluginv1.Failure{
			Class: pluginv1.FailureClass_FAILURE_CLASS_TOO_LARGE, Scope: pluginv1.FailureScope_FAILURE_SCOPE_MESSAGE,
			Attempted: pluginv1.Attempted_ATTEMPTED_NO, Detail: "the message is larger than max-message",
		},
	})
}
