package host

import (
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// write sends all that waits as one frame, and again, until the stream ends. It never waits for more to come.
func (s *stream) write() {
	attach := &pluginv1.StreamRequest{
		Attach: &pluginv1.Attach{Name: s.endpoint.instance.alias(), Questions: s.questionLimit()},
	}
	if s.wire.Send(attach) != nil {
		return // the reader learns why
	}
	for {
		for frame := s.frame(); frame != nil; frame = s.frame() {
			if s.wire.Send(frame) != nil {
				return
			}
		}
		select {
		case <-s.ctx.Done():
			return
		case <-s.awake:
		}
	}
}

// frame takes what waits, nil when there is nothing.
func (s *stream) frame() *pluginv1.StreamRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	frame := &pluginv1.StreamRequest{LaneOpens: s.opens}
	s.opens = nil
	for _, number := range s.closes {
		frame.LaneCloses = append(frame.LaneCloses, &pluginv1.LaneClose{Lane: number})
	}
	s.closes = nil
	if s.beat {
		frame.Heartbeat, s.beat = &pluginv1.Heartbeat{}, false
	}
	frame.Batches = s.takeBatches(s.questions.takeAnswers(frame, wire.FrameTarget))
	if in := s.inbound.Load(); in != nil {
		in.report(frame)
	}
	parts := len(frame.LaneOpens) + len(frame.Batches) + len(frame.Receipts) + len(frame.Credits) + len(frame.LaneCloses) +
		len(frame.Answers)
	if parts == 0 && frame.Heartbeat == nil {
		return nil
	}
	s.made++
	return frame
}

// takeBatches shares the room among the lanes that have something: each round gives each the same share of what room is
// left. The frame before is written by now. Lanes without anything cost nothing, however many they are.
func (s *stream) takeBatches(room int) []*pluginv1.Batch {
	for _, l := range s.lent {
		l.free()
	}
	s.lent = s.lent[:0]
	var batches []*pluginv1.Batch
	for ready := s.ready(); ready > 0 && room > 0; ready = s.ready() {
		share := room / ready
		for _, l := range s.waiting {
			if !l.ready() || room <= 0 {
				continue
			}
			if !l.lent {
				s.lent = append(s.lent, l)
			}
			batch, size := l.take(share)
			batches = append(batches, batch)
			room -= size
		}
	}
	s.queueUp()
	return batches
}

// ready is how many lanes have something for the frame.
func (s *stream) ready() int {
	n := 0
	for _, l := range s.waiting {
		if l.ready() {
			n++
		}
	}
	return n
}

// queueUp keeps those waiting that have something left, behind the others where the frame has something of theirs.
func (s *stream) queueUp() {
	kept := s.waiting[:0]
	for _, l := range s.waiting {
		if l.waiting = l.has(); l.waiting && !l.lent {
			kept = append(kept, l)
		}
	}
	for _, l := range s.lent {
		if l.waiting {
			kept = append(kept, l)
		}
	}
	clear(s.waiting[len(kept):])
	s.waiting = kept
}
