package host

import (
	"cmp"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// maxGrant is the most that one credit may allow, so that no sum of them overflows.
const maxGrant = 1 << 40

// read takes the plugin's frames until the stream ends.
func (s *stream) read() error {
	for {
		frame, err := s.wire.Recv()
		if err != nil {
			return err
		}
		s.endpoint.heard.now()
		if err := s.apply(frame); err != nil {
			return err
		}
		s.arrived.add()
	}
}

// apply does what a frame says, in the order of its fields. An error ends the stream.
func (s *stream) apply(frame *pluginv1.StreamResponse) error {
	if err := s.applyBatches(frame.Batches); err != nil {
		return err
	}
	for _, r := range frame.Receipts {
		if err := s.applyReceipt(r); err != nil {
			return err
		}
	}
	for _, c := range frame.Credits {
		if err := s.applyCredit(c); err != nil {
			return err
		}
	}
	for _, e := range frame.Events {
		event := wire.FromEvent(e)
		if event.Kind == 0 {
			s.endpoint.status.refuse(refusedEvent)
			continue
		}
		s.endpoint.status.event(event)
	}
	return s.applyQuestions(frame.Questions)
}

func (s *stream) applyQuestions(list []*pluginv1.Question) error {
	for _, q := range list {
		if err := s.ask(q, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) applyBatches(batches []*pluginv1.Batch) error {
	if len(batches) == 0 {
		return nil
	}
	now := time.Now()
	pinned := 0
	for _, b := range batches {
		for _, payload := range b.Payloads {
			pinned += len(payload)
		}
	}
	for _, b := range batches {
		in := s.inbound.Load()
		if b.Lane != 0 || in == nil {
			return violates(resetLane, "messages on lane %d", b.Lane)
		}
		if err := in.accept(b, now, pinned); err != nil {
			return err
		}
	}
	return nil
}

// find returns the lane that a receipt or credit is for, nil where its epoch is over or it was closed meanwhile.
func (s *stream) find(number uint32, epoch uint64) (*lane, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number == 0 || number > s.highest {
		return nil, violates(resetLane, "lane %d was never opened", number)
	}
	at, open := slices.BinarySearchFunc(s.lanes, number, func(l *lane, number uint32) int { return cmp.Compare(l.slot.number, number) })
	if !open || s.lanes[at].epoch != epoch {
		return nil, nil
	}
	return s.lanes[at], nil
}

func (s *stream) applyCredit(c *pluginv1.Credit) error {
	l, err := s.find(c.Lane, c.Epoch)
	if err != nil {
		return err
	}
	if c.Messages > maxGrant || c.Bytes > maxGrant {
		return violates(resetCredit, "credit of %d messages and %d bytes", c.Messages, c.Bytes)
	}
	if l == nil {
		s.endpoint.status.refuse(refusedEpoch)
		return nil
	}
	l.slot.tell(func(user core.LaneUser) { user.Credit(c.Epoch, c.Messages, c.Bytes) })
	return nil
}

func (s *stream) applyReceipt(r *pluginv1.Receipt) error {
	l, err := s.find(r.Lane, r.Epoch)
	if err != nil {
		return err
	}
	if l == nil {
		s.endpoint.status.refuse(refusedEpoch)
		return nil
	}
	receipt := wire.FromReceipt(r)
	if fault := s.implausible(l, receipt); fault != "" {
		return violates(resetReceipt, "%s", fault)
	}
	l.slot.tell(func(user core.LaneUser) { user.Receipt(receipt) })
	return nil
}

// implausible says what a receipt speaks of that was never sent, or takes back; empty where it does neither.
func (s *stream) implausible(l *lane, r core.Receipt) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.epoch != r.Epoch {
		return "" // renewed a moment ago: the user sees by the epoch that it is void
	}
	if r.UpTo > l.last {
		return "a receipt settles messages that were never sent"
	}
	if r.UpTo < l.settled {
		return "a receipt takes back what an earlier one settled"
	}
	for _, x := range r.Exceptions {
		if x.First == 0 || x.First > l.last || x.Count > l.last-x.First+1 {
			return "a receipt names messages that were never sent"
		}
	}
	newly := r.UpTo - l.settled
	for _, c := range r.Counts {
		if c.Count > newly {
			return "a receipt counts more messages than it settles"
		}
		newly -= c.Count
	}
	l.settled = r.UpTo
	return ""
}
