package sdktest

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// A session sees what breaks the protocol in any plugin, whether it uses the SDK or not.
func TestSessionSeesWhatBreaksTheProtocol(t *testing.T) {
	batch := func(lane uint32, first uint64, n int) *pluginv1.StreamResponse {
		return &pluginv1.StreamResponse{Batches: []*pluginv1.Batch{
			wire.ToBatch(lane, 1, first, make([]core.Message, n))}}
	}
	misshapen := batch(0, 1, 1)
	misshapen.Batches[0].HeaderOf = []uint32{5}
	large := batch(0, 1, 1)
	large.Batches[0].Payloads[0] = make([]byte, wire.FrameLimit)
	receipt := func(lane uint32, upTo uint64) *pluginv1.StreamResponse {
		return &pluginv1.StreamResponse{Receipts: []*pluginv1.Receipt{wire.ToReceipt(lane, core.Receipt{Epoch: 1, UpTo: upTo})}}
	}
	for name, frames := range map[string][]*pluginv1.StreamResponse{
		"more messages than credit":     {batch(0, 1, 11)},
		"more bytes than credit":        {large, batch(0, 2, 1)},
		"a gap in the sequence":         {batch(0, 1, 2), batch(0, 4, 1)},
		"a repeated sequence":           {batch(0, 1, 2), batch(0, 2, 1)},
		"a batch on an outbound lane":   {batch(1, 1, 1)},
		"a misshapen batch":             {misshapen},
		"a frame over the limit":        {large},
		"a receipt that goes back":      {receipt(1, 5), receipt(1, 4)},
		"a receipt for no lane":         {receipt(9, 1)},
		"credit of a dead epoch, alone": nil,
	} {
		s := &Session{epoch: 1, seen: Seen{Lanes: map[uint32]*Lane{1: {Epoch: 1, Counts: map[core.Outcome]uint64{}}}}}
		s.granted.messages, s.granted.bytes = 10, 10
		for _, frame := range frames {
			s.note(frame)
		}
		if (len(s.seen.Wrong) > 0) != (frames != nil) {
			t.Errorf("%s: %v", name, s.seen.Wrong)
		}
	}
}
