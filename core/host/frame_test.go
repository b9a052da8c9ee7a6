package host

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// looseStream is a stream without a process, whose frames the test makes and takes itself.
func looseStream(in Inlet, users ...core.LaneUser) *stream {
	h := New(Options{Log: slog.New(slog.DiscardHandler)})
	p := &Plugin{host: h, journal: newJournal(h.options.Log, "loose"), assessed: map[string]core.Capabilities{
		"loose": {Inbound: &core.Inbound{Ack: core.AckMessage}},
	}}
	e := newEndpoint(p, Instance{Name: "loose", Inbound: true}, in)
	for _, user := range users {
		e.AddLane(core.LaneOptions{}, user)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	s := newStream(ctx, cancel, e, nil, nil)
	s.up()
	return s
}

func messagesOf(from, n, size int) []core.Message {
	list := make([]core.Message, n)
	for i := range list {
		payload := append(fmt.Appendf(nil, "%d ", from+i), make([]byte, size)...)
		list[i] = core.Message{ID: core.ID{9}.Add(uint64(from + i)), Time: 1, Payload: payload}
	}
	return list
}

func TestFramesCarryAllInOrderWhateverTheTiming(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outlets := []*outlet{{}, {}, {}}
		s := looseStream(nil, outlets[0], outlets[1], outlets[2])
		var sent, got [3]int
		take := func() bool {
			frame := s.frame()
			if frame == nil {
				return false
			}
			// What is sent while the frame is not encoded yet must not reach into it.
			for i, o := range outlets {
				more := rapid.IntRange(0, 3).Draw(t, "meanwhile")
				if sent[i] < 100 && more > 0 {
					o.lane.Send(uint64(sent[i]+1), messagesOf(sent[i], more, 0))
					sent[i] += more
				}
			}
			if size := frame.SizeVT(); size > wire.FrameLimit {
				t.Fatalf("a frame of %d bytes", size)
			}
			for _, b := range frame.Batches {
				receive(t, b, &got[b.Lane-1])
			}
			return true
		}
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			i := rapid.IntRange(0, 2).Draw(t, "lane")
			n := rapid.IntRange(1, 30).Draw(t, "messages")
			size := rapid.SampledFrom([]int{0, 100, 200 << 10}).Draw(t, "size")
			outlets[i].lane.Send(uint64(sent[i]+1), messagesOf(sent[i], n, size))
			sent[i] += n
			if rapid.Bool().Draw(t, "frame") {
				take()
			}
		}
		for take() {
		}
		if got != sent {
			t.Fatalf("sent %v, got %v", sent, got)
		}
	})
}

// receive checks that a batch goes on where its lane was.
func receive(t *rapid.T, b *pluginv1.Batch, got *int) {
	list, err := wire.FromBatch(b, "x")
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range list {
		want := messagesOf(*got, 1, 0)[0]
		if b.Sequence+uint64(i) != uint64(*got+1) || m.ID != want.ID || !bytes.HasPrefix(m.Payload, want.Payload) {
			t.Fatalf("lane %d: message %d is %v %q, want %d", b.Lane, b.Sequence+uint64(i), m.ID, m.Payload[:4], *got+1)
		}
		*got++
	}
}

func TestFullLaneDoesNotStarveAnother(t *testing.T) {
	busy, calm := &outlet{}, &outlet{}
	s := looseStream(nil, busy, calm)
	busy.lane.Send(1, messagesOf(0, 100, wire.FrameTarget/16))
	calm.lane.Send(1, messagesOf(0, 3, 100))
	frame := s.frame()
	lanes := make(map[uint32]int)
	for _, b := range frame.Batches {
		lanes[b.Lane] += len(b.Payloads)
	}
	if lanes[2] != 3 || lanes[1] < 5 || lanes[1] > 20 {
		t.Errorf("messages by lane: %v", lanes)
	}
}

func TestLanesTakeTurns(t *testing.T) {
	outlets := []*outlet{{}, {}, {}}
	s := looseStream(nil, outlets[0], outlets[1], outlets[2])
	for _, o := range outlets {
		o.lane.Send(1, messagesOf(0, 3, wire.FrameTarget)) // each fills a frame
	}
	var turns []uint32
	for frame := s.frame(); frame != nil; frame = s.frame() {
		for _, b := range frame.Batches {
			turns = append(turns, b.Lane)
		}
	}
	if want := []uint32{1, 2, 3, 1, 2, 3, 1, 2, 3}; !slices.Equal(turns, want) {
		t.Errorf("the lanes' turns are %v", turns)
	}
}

// BenchmarkFrame shows what a frame with one message costs where the stream has many lanes that have nothing.
func BenchmarkFrame(b *testing.B) {
	for _, lanes := range []int{1, 1000} {
		b.Run(fmt.Sprintf("lanes=%d", lanes), func(b *testing.B) {
			users := make([]core.LaneUser, lanes)
			for i := range users {
				users[i] = &outlet{}
			}
			s := looseStream(nil, users...)
			s.frame()
			busy, one := users[0].(*outlet), messagesOf(0, 1, 128)
			for sent := uint64(1); b.Loop(); sent++ {
				busy.lane.Send(sent, one)
				if s.frame() == nil {
					b.Fatal("no frame")
				}
			}
		})
	}
}

func TestRenewDropsWhatWasNotSent(t *testing.T) {
	o := &outlet{}
	s := looseStream(nil, o)
	o.lane.Send(1, messagesOf(0, 50, 64<<10))
	s.frame()
	epoch := o.lane.Renew()
	o.lane.Send(1, messagesOf(70, 1, 0))
	frame := s.frame()
	if len(frame.LaneOpens) != 1 || len(frame.Batches) != 1 {
		t.Fatalf("frame %v", frame)
	}
	if b := frame.Batches[0]; b.Epoch != epoch || b.Sequence != 1 || string(b.Payloads[0]) != "70 " {
		t.Errorf("batch %v", b)
	}
}

func TestHubThatSendsOutOfSequenceLosesTheStreamOnly(t *testing.T) {
	o := &outlet{}
	s := looseStream(nil, o)
	o.lane.Send(2, messagesOf(0, 1, 0))
	if s.ctx.Err() == nil {
		t.Error("the stream stands")
	}
}

// fault: B18
func FuzzInboundFrame(f *testing.F) {
	add := func(frame *pluginv1.StreamResponse) {
		b, err := frame.MarshalVT()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	add(&pluginv1.StreamResponse{Batches: []*pluginv1.Batch{{Epoch: 1, Sequence: 1, Payloads: [][]byte{[]byte("x"), nil},
		HeaderOf: []uint32{0, 1}, Headers: []*pluginv1.Header{{ContentType: "a/b"}, {Attributes: []*pluginv1.Attribute{
			{Name: "conn", Value: "1"}, {Name: "to", Value: "all"}}}}}}})
	add(&pluginv1.StreamResponse{Receipts: []*pluginv1.Receipt{{Lane: 1, Epoch: 1, SettledUpTo: 2,
		Exceptions: []*pluginv1.Exception{{First: 1, Count: 1, Outcome: 2}}}},
		Credits: []*pluginv1.Credit{{Lane: 1, Epoch: 1, Messages: 4, Bytes: 4}}, Events: []*pluginv1.Event{{Kind: 4}}})
	f.Fuzz(func(t *testing.T, data []byte) {
		var frame pluginv1.StreamResponse
		if frame.UnmarshalVTUnsafe(data) != nil {
			return
		}
		in, out := &inlet{}, &outlet{}
		s := looseStream(in, out)
		defer s.inbound.Load().end()
		s.frame() // grants the window
		out.lane.Send(1, messagesOf(0, 3, 0))
		_ = s.apply(&frame)
		if in.count() > windowMessages || out.settled > 3 {
			t.Fatalf("%d messages, settled up to %d", in.count(), out.settled)
		}
		for _, m := range in.messages() {
			checkAccepted(t, m)
		}
	})
}

func checkAccepted(t *testing.T, m core.Message) {
	if m.Source != "loose" || m.Size() > wire.DefaultMaxMessage {
		t.Fatalf("accepted %+v", m)
	}
	if m.Header == nil {
		return
	}
	for _, a := range m.Header.Attributes {
		if core.CheckAttribute(a) != nil || a.Name == "to" || a.Name == "source" {
			t.Fatalf("accepted attribute %+v", a)
		}
	}
}

// A lane whose endpoint has everything keeps no message in memory, however large the last ones were; nor does one whose
// epoch ended before they were sent.
func TestALaneWithNothingToDoKeepsNoMessage(t *testing.T) {
	done, renewed := &outlet{}, &outlet{}
	s := looseStream(nil, done, renewed)
	done.lane.Send(1, messagesOf(0, 5, 100<<10)) // more than a frame
	renewed.lane.Send(1, messagesOf(0, 5, 100<<10))
	s.frame()
	renewed.lane.Renew()
	for s.frame() != nil {
	}
	for _, l := range s.lanes {
		for _, m := range slices.Concat(l.taken[:cap(l.taken)], l.queue[:cap(l.queue)]) {
			if m.Payload != nil {
				t.Fatalf("lane %d keeps a message of %d bytes", l.slot.number, len(m.Payload))
			}
		}
	}
}
