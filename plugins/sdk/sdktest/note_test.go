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
	named := func(lane uint32, upTo uint64, list ...core.Exception) *pluginv1.StreamResponse {
		return &pluginv1.StreamResponse{Receipts: []*pluginv1.Receipt{wire.ToReceipt(lane, core.Receipt{Epoch: 1, UpTo: upTo, Exceptions: list})}}
	}
	counted := receipt(1, 1)
	counted.Receipts[0].Counts = []*pluginv1.OutcomeCount{{Outcome: pluginv1.Outcome_OUTCOME_NO_RECIPIENT, Count: 2}}
	twins := batch(0, 1, 2)
	twins.Batches[0].Ids = [][]byte{append(make([]byte, 15), 1), append(make([]byte, 15), 1)}
	twins.Batches[0].Payloads = [][]byte{[]byte("a"), []byte("b")}
	pending := named(1, 2, core.Exception{First: 1, Count: 1, Outcome: core.OutcomePending})
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
		"a receipt for what comes":      {receipt(1, 6)},
		"an exception for what comes":   {named(1, 0, core.Exception{First: 6, Count: 1, Outcome: core.OutcomeFailed})},
		"a second exception":            {named(1, 2), named(1, 2, core.Exception{First: 2, Count: 1, Outcome: core.OutcomeConfirmed})},
		"more counts than messages":     {counted},
		"an id that two have":           {twins},
		"credit of a dead epoch, alone": nil,
		"what was left open, in order":  {pending, named(1, 3, core.Exception{First: 1, Count: 1, Outcome: core.OutcomeConfirmed})},
	} {
		s := &Session{epoch: 1, seen: Seen{Lanes: map[uint32]*Lane{1: {Epoch: 1, Counts: map[core.Outcome]uint64{}}}}}
		s.granted.messages, s.granted.bytes = 10, 10
		s.booksOf(1).sent = 5
		for _, frame := range frames {
			s.note(frame)
		}
		if right := frames == nil || name == "what was left open, in order"; right != (len(s.seen.Wrong) == 0) {
			t.Errorf("%s: %v", name, s.seen.Wrong)
		}
	}
}
