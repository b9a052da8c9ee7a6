package sdktest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Session is one stream to an instance. It grants nothing and settles nothing by itself.
type Session struct {
	stream pluginv1.PluginService_StreamClient
	cancel context.CancelFunc
	ended  chan struct{}

	sending sync.Mutex

	mu      sync.Mutex
	seen    Seen
	epoch   uint64 // of lane 0
	granted struct{ messages, bytes uint64 }
	asked   asked
	books   map[uint32]*books
	// ids are the payloads that came with each id.
	ids     map[core.ID]string
	changed chan struct{}
}

// Seen is all that came over a session.
type Seen struct {
	// Messages of lane 0 in its newest epoch, in order.
	Messages []core.Message
	// Bytes is their payloads' size.
	Bytes uint64
	// Batches is in how many batches they came.
	Batches int
	Lanes   map[uint32]*Lane
	Events  []core.Event
	// Questions are those that the plugin asked, in order.
	Questions []*pluginv1.Question
	// Beats counts heartbeats.
	Beats int
	// Wrong is what broke the protocol.
	Wrong []string
	// Err is why the stream ended, io.EOF in good order.
	Err error
}

// Lane is what came about one lane in its newest epoch.
type Lane struct {
	Epoch, UpTo uint64
	Exceptions  []core.Exception
	Counts      map[core.Outcome]uint64
	// Messages and Bytes are the credit granted so far, Receipts how many receipts came.
	Messages, Bytes uint64
	Receipts        int
}

// Attach opens a stream to an instance. It ends with the test. The plugin is told that nobody answers its questions.
func (h *Hub) Attach(t T, name string) *Session {
	t.Helper()
	return h.AttachAnswering(t, name, 0)
}

// AttachAnswering is Attach for a test that answers what the plugin asks, so many questions at a time: Seen has them, and
// Send takes the answers.
func (h *Hub) AttachAnswering(t T, name string, questions uint32) *Session {
	t.Helper()
	ctx, cancel := context.WithCancel(h.ctx)
	stream, err := h.Client.Stream(ctx)
	if err != nil {
		t.Fatalf("Stream: %v", err)
	}
	s := &Session{
		stream: stream, cancel: cancel, ended: make(chan struct{}), changed: make(chan struct{}),
		seen: Seen{Lanes: make(map[uint32]*Lane)}, asked: asked{questions, make(map[uint64]bool)},
	}
	s.Send(t, &pluginv1.StreamRequest{Attach: &pluginv1.Attach{Name: name, Questions: questions}})
	go s.receive()
	t.Cleanup(func() {
		s.Cancel()
		for _, wrong := range s.Seen().Wrong {
			t.Errorf("the plugin broke the protocol: %s", wrong)
		}
	})
	return s
}

// asked are a session's questions that have no answer yet.
type asked struct {
	most    uint32
	pending map[uint64]bool
}

// Cancel breaks the stream off and waits for its end.
func (s *Session) Cancel() {
	s.cancel()
	<-s.ended
}

// Send sends one frame.
func (s *Session) Send(t T, frame *pluginv1.StreamRequest) {
	t.Helper()
	s.sending.Lock()
	defer s.sending.Unlock()
	s.mu.Lock()
	s.noteAnswers(frame.Answers)
	s.noteSent(frame.Batches)
	s.mu.Unlock()
	if err := s.stream.Send(frame); err != nil {
		t.Fatalf("send a frame: %v", err)
	}
}

// OpenInbound begins an epoch of lane 0 and grants credit.
func (s *Session) OpenInbound(t T, epoch, messages, bytes uint64) {
	t.Helper()
	s.mu.Lock()
	s.epoch = epoch
	s.granted.messages, s.granted.bytes = messages, bytes
	s.seen.Messages, s.seen.Bytes = nil, 0
	s.mu.Unlock()
	s.Send(t, &pluginv1.StreamRequest{
		LaneOpens: []*pluginv1.LaneOpen{{Epoch: epoch}},
		Credits:   []*pluginv1.Credit{{Epoch: epoch, Messages: messages, Bytes: bytes}},
	})
}

// Grant gives more credit on lane 0.
func (s *Session) Grant(t T, epoch, messages, bytes uint64) {
	t.Helper()
	s.mu.Lock()
	s.granted.messages += messages
	s.granted.bytes += bytes
	s.mu.Unlock()
	s.Send(t, &pluginv1.StreamRequest{Credits: []*pluginv1.Credit{{Epoch: epoch, Messages: messages, Bytes: bytes}}})
}

// Settle sends a receipt for lane 0.
func (s *Session) Settle(t T, r core.Receipt) {
	t.Helper()
	s.Send(t, &pluginv1.StreamRequest{Receipts: []*pluginv1.Receipt{wire.ToReceipt(0, r)}})
}

// OpenLane begins an epoch of an outbound lane and waits for its credit.
func (s *Session) OpenLane(t T, lane uint32, epoch uint64, o core.LaneOptions) {
	t.Helper()
	s.mu.Lock()
	s.seen.Lanes[lane] = &Lane{Epoch: epoch, Counts: make(map[core.Outcome]uint64)}
	delete(s.books, lane)
	s.mu.Unlock()
	s.Send(t, &pluginv1.StreamRequest{LaneOpens: []*pluginv1.LaneOpen{wire.ToLaneOpen(lane, epoch, o)}})
	s.Wait(t, "the lane's first credit", func(seen *Seen) bool { return seen.Lanes[lane].Messages > 0 })
}

// Deliver sends payloads on an outbound lane as one batch, without regard to its credit.
func (s *Session) Deliver(t T, lane uint32, epoch, first uint64, payloads ...[]byte) {
	t.Helper()
	messages := make([]core.Message, len(payloads))
	for i, payload := range payloads {
		messages[i] = core.Message{ID: core.ID{1, byte(lane), byte(epoch)}.Add(first + uint64(i)), Time: time.Now().UnixNano(), Payload: payload}
	}
	s.DeliverMessages(t, lane, epoch, first, messages)
}

// DeliverMessages is Deliver with headers.
func (s *Session) DeliverMessages(t T, lane uint32, epoch, first uint64, messages []core.Message) {
	t.Helper()
	s.Send(t, &pluginv1.StreamRequest{Batches: []*pluginv1.Batch{wire.ToBatch(lane, epoch, first, messages)}})
}

// Wait waits until what came fulfils a condition, and returns it. A condition must not keep what it is given.
func (s *Session) Wait(t T, what string, done func(*Seen) bool) Seen {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		fulfilled, changed := done(&s.seen), s.changed
		s.mu.Unlock()
		if fulfilled {
			return s.Seen()
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("waited %s for %s; so far: %s", patience, what, s.Seen())
		}
	}
}

// Seen is a copy of all that came so far.
func (s *Session) Seen() Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	seen.Lanes = make(map[uint32]*Lane)
	for number, l := range s.seen.Lanes {
		c := *l
		c.Counts = make(map[core.Outcome]uint64)
		for outcome, n := range l.Counts {
			c.Counts[outcome] = n
		}
		seen.Lanes[number] = &c
	}
	return seen
}

func (s Seen) String() string {
	text := fmt.Sprintf("%d messages in %d batches, %d events, stream %v", len(s.Messages), s.Batches, len(s.Events), s.Err)
	for number, l := range s.Lanes {
		text += fmt.Sprintf("; lane %d: epoch %d up to %d, exceptions %+v, counts %v, credit %d", number, l.Epoch, l.UpTo,
			l.Exceptions, l.Counts, l.Messages)
	}
	return text
}

func (s *Session) receive() {
	defer close(s.ended)
	for {
		frame, err := s.stream.Recv()
		s.mu.Lock()
		if err != nil {
			s.seen.Err = err
		} else {
			s.note(frame)
		}
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func closeLane(lane uint32) *pluginv1.StreamRequest {
	return &pluginv1.StreamRequest{LaneCloses: []*pluginv1.LaneClose{{Lane: lane}}}
}
