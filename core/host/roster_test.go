package host

import (
	"fmt"
	"testing"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// fault: F12
func TestLanesComeAndGoWhileTheStreamStands(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "first")
	eventually(t, "the first echo", func() bool { return b.inlet.payloads() == "first" })
	for n := range 50 {
		more := &outlet{}
		b.endpoint.AddLane(core.LaneOptions{Source: "elsewhere"}, more)
		more.sendAll(t, fmt.Sprint("more ", n))
		b.outlet.sendAll(t, fmt.Sprint("same ", n))
		eventually(t, "both echoes", func() bool { return b.inlet.count() == 3+2*n })
		eventually(t, "its receipt", func() (is bool) { more.read(func() { is = more.settled == 1 }); return })
		b.endpoint.RemoveLane(more)
		if downs := more.downs(); len(downs) != 1 || downs[0] {
			t.Fatalf("after its removal the lane heard Down %v", downs)
		}
	}
	b.outlet.read(func() {
		if b.outlet.ups != 1 || len(b.outlet.died) != 0 {
			t.Errorf("the lane that stayed heard %d times Up and Down %v", b.outlet.ups, b.outlet.died)
		}
	})
	b.expectLog(t, "lane 51 is closed")
	if s := b.endpoint.Status(); len(s.Rejected) != 0 || s.State != core.StateReady {
		t.Errorf("status %+v", s)
	}
}

func TestLanesAddedWhileThePluginIsDownComeUpWithIt(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "die")
	eventually(t, "Down", func() bool { return len(b.outlet.downs()) == 1 })
	late, gone := &outlet{}, &outlet{}
	b.endpoint.AddLane(core.LaneOptions{}, late)
	b.endpoint.AddLane(core.LaneOptions{}, gone)
	b.endpoint.RemoveLane(gone)
	late.sendAll(t, "hello")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "hello" })
	gone.read(func() {
		if gone.ups != len(gone.died) {
			t.Errorf("a removed lane heard Up %d times and Down %v", gone.ups, gone.died)
		}
	})
}

// What a plugin says of a lane that was removed a moment ago crossed its removal on the way.
func TestLateWordsOfARemovedLaneAreVoid(t *testing.T) {
	stays, goes := &outlet{}, &outlet{}
	s := looseStream(nil, stays, goes)
	goes.lane.Send(1, messagesOf(0, 1, 0))
	s.endpoint.RemoveLane(goes)
	for _, frame := range lateWords(2) {
		if err := s.apply(frame); err != nil {
			t.Errorf("a word of a removed lane: %v", err)
		}
	}
	for _, frame := range lateWords(3) {
		if s.apply(frame) == nil {
			t.Error("a word of a lane that never was is believed")
		}
	}
	if len(goes.receipts) != 0 || goes.credit != 0 {
		t.Errorf("the removed lane heard %+v", goes.receipts)
	}
	frame := s.frame()
	if len(frame.LaneCloses) != 1 || frame.LaneCloses[0].Lane != 2 || len(frame.Batches) != 0 {
		t.Errorf("frame %+v", frame)
	}
}

func lateWords(lane uint32) []*pluginv1.StreamResponse {
	return []*pluginv1.StreamResponse{
		{Receipts: []*pluginv1.Receipt{{Lane: lane, Epoch: 1, SettledUpTo: 1}}},
		{Credits: []*pluginv1.Credit{{Lane: lane, Epoch: 1, Messages: 1, Bytes: 1}}},
	}
}
