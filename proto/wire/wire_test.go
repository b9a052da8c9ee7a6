package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// messages draws batches as sources make them: headers shared by pointer and taking turns, ids consecutive or not.
func messages(t *rapid.T) []core.Message {
	headers := []*core.Header{nil}
	for i := range rapid.IntRange(1, 20).Draw(t, "headers") {
		headers = append(headers, &core.Header{ContentType: "text/plain",
			Attributes: core.NewAttributes(core.Attribute{Name: "conn", Value: fmt.Sprintf("ws-1.%d", i)})})
	}
	consecutive := rapid.Bool().Draw(t, "consecutive")
	list := make([]core.Message, rapid.IntRange(1, 80).Draw(t, "n"))
	for i := range list {
		list[i] = core.Message{ID: core.ID{1, 15: 250}.Add(uint64(i)), Source: "ws", Time: 1_700_000_000_000_000_000,
			Header: rapid.SampledFrom(headers).Draw(t, "header"), Payload: rapid.SliceOf(rapid.Byte()).Draw(t, "payload")}
		if !consecutive {
			list[i].ID[0] = rapid.Byte().Draw(t, "id")
			list[i].Time += int64(rapid.IntRange(-5, 5).Draw(t, "time"))
		}
	}
	return list
}

func same(a, b core.Message) bool {
	return a.ID == b.ID && a.Source == b.Source && a.Time == b.Time && bytes.Equal(a.Payload, b.Payload) &&
		a.Attribute("conn") == b.Attribute("conn")
}

func TestBatchSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := messages(t)
		frame, err := wire.Codec{}.Marshal(&pluginv1.StreamResponse{Batches: []*pluginv1.Batch{wire.ToBatch(3, 7, 41, sent)}})
		if err != nil {
			t.Fatal(err)
		}
		var got pluginv1.StreamResponse
		if err := (wire.Codec{}).Unmarshal(frame, &got); err != nil {
			t.Fatal(err)
		}
		b := got.Batches[0]
		if b.Lane != 3 || b.Epoch != 7 || b.Sequence != 41 {
			t.Fatalf("lane %d epoch %d sequence %d", b.Lane, b.Epoch, b.Sequence)
		}
		received, err := wire.FromBatch(b, "ws")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(sent, received, same) {
			t.Fatalf("sent %v\nreceived %v", sent, received)
		}
	})
}

// A source that gives no ids sends none, however many messages wait: the hub would take zeros for ids.
func TestMissingIDsAreLeftOut(t *testing.T) {
	b := wire.ToBatch(0, 1, 1, make([]core.Message, 3))
	if len(b.Ids) > 0 || len(b.IdBase) > 0 {
		t.Errorf("ids %v from %v", b.Ids, b.IdBase)
	}
}

func TestHeadersCrossOncePerConnection(t *testing.T) {
	a, b := &core.Header{ContentType: "a"}, &core.Header{ContentType: "b"}
	list := make([]core.Message, 100)
	for i := range list {
		list[i].Header = []*core.Header{a, b}[i%2]
	}
	if got := len(wire.ToBatch(1, 1, 1, list).Headers); got != 2 {
		t.Errorf("%d headers on the wire for two connections", got)
	}
}

func TestMisshapenBatchesAreRefused(t *testing.T) {
	payloads := [][]byte{[]byte("a"), []byte("b")}
	for name, b := range map[string]*pluginv1.Batch{
		"header index past the end":  {Sequence: 1, Payloads: payloads, HeaderOf: []uint32{0, 1}, Headers: []*pluginv1.Header{{}}},
		"headers without index":      {Sequence: 1, Payloads: payloads, Headers: []*pluginv1.Header{{}, {}}},
		"short header_of":            {Sequence: 1, Payloads: payloads, HeaderOf: []uint32{0}, Headers: []*pluginv1.Header{{}}},
		"long ids":                   {Sequence: 1, Payloads: payloads, Ids: [][]byte{make([]byte, 16), make([]byte, 16), nil}},
		"id of 15 bytes":             {Sequence: 1, Payloads: payloads, Ids: [][]byte{make([]byte, 16), make([]byte, 15)}},
		"base of 3 bytes":            {Sequence: 1, Payloads: payloads, IdBase: []byte("abc")},
		"one time offset for two":    {Sequence: 1, Payloads: payloads, TimeOffsets: []int64{1}},
		"sequence 0":                 {Payloads: payloads},
		"sequences past the largest": {Sequence: 1<<64 - 1, Payloads: payloads},
	} {
		if _, err := wire.FromBatch(b, "x"); !errors.Is(err, wire.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReceiptSurvivesTheWire(t *testing.T) {
	sent := core.Receipt{Epoch: 3, UpTo: 12, Exceptions: []core.Exception{
		{First: 4, Count: 2, Outcome: core.OutcomeFailed, Failure: &core.Failure{Class: core.FailureThrottled,
			Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo, RetryAfter: 3 * time.Second, Detail: "busy"}},
		{First: 9, Count: 1, Outcome: core.OutcomePending},
	}, Counts: []core.OutcomeCount{{Outcome: core.OutcomeNoRecipient, Count: 5}}}
	got := wire.FromReceipt(wire.ToReceipt(1, sent))
	if fmt.Sprintf("%+v", got.Counts) != fmt.Sprintf("%+v", sent.Counts) || got.UpTo != 12 || got.Epoch != 3 {
		t.Errorf("got %+v", got)
	}
	if *got.Exceptions[0].Failure != *sent.Exceptions[0].Failure || got.Exceptions[1] != sent.Exceptions[1] {
		t.Errorf("exceptions: got %+v", got.Exceptions)
	}
}

func TestCapabilitiesSurviveTheWire(t *testing.T) {
	for _, sent := range []core.Capabilities{
		{},
		{Inbound: &core.Inbound{Ack: core.AckMessage, Pausable: true}, Outbound: &core.Outbound{Addressing: true}},
		{Inbound: &core.Inbound{Limit: "forgets", Durability: "on paper"}, Outbound: &core.Outbound{Limit: "hopes", Durability: "in stone"}},
		{Conversion: &core.Conversion{Rewrites: true}},
	} {
		if got := wire.FromCapabilities(wire.ToCapabilities(sent)); !reflect.DeepEqual(got, sent) {
			t.Errorf("got %+v, want %+v", got, sent)
		}
	}
}

func TestUnknownEnumValuesPromiseNothing(t *testing.T) {
	c := wire.FromCapabilities(&pluginv1.Capabilities{
		Inbound:  &pluginv1.InboundCapabilities{Ack: 99, Replay: -1},
		Outbound: &pluginv1.OutboundCapabilities{Confirm: 77},
	})
	if c.Inbound.Ack != core.AckNone || c.Inbound.Replay != core.ReplayNone || c.Outbound.Confirm != core.ConfirmNone {
		t.Errorf("capabilities %+v %+v", *c.Inbound, *c.Outbound)
	}
	r := wire.FromReceipt(&pluginv1.Receipt{Exceptions: []*pluginv1.Exception{{First: 1, Outcome: 300}}})
	if r.Exceptions[0].Outcome != 0 {
		t.Errorf("outcome %d", r.Exceptions[0].Outcome)
	}
}

func TestTextsFromPluginsAreSafeToPrint(t *testing.T) {
	e := wire.FromEvent(&pluginv1.Event{Kind: pluginv1.EventKind_EVENT_KIND_DEGRADED,
		Cause: "line\n\x1b[31mred\xff" + strings.Repeat("x", 5000)})
	if !utf8.ValidString(e.Cause) || strings.ContainsAny(e.Cause, "\n\x1b") || len(e.Cause) > wire.MaxDetail+16 {
		t.Errorf("cause %q", e.Cause)
	}
}

// fault: B18
func FuzzStreamResponse(f *testing.F) {
	seed, _ := (&pluginv1.StreamResponse{
		Batches: []*pluginv1.Batch{{Sequence: 1, Payloads: [][]byte{[]byte("x")}, Headers: []*pluginv1.Header{{
			Attributes: []*pluginv1.Attribute{{Name: "conn", Value: "a"}}}}}},
		Receipts: []*pluginv1.Receipt{{SettledUpTo: 4, Exceptions: []*pluginv1.Exception{{First: 2}}}},
		Events:   []*pluginv1.Event{{Kind: 3, Cause: "gone"}},
	}).MarshalVT()
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var frame pluginv1.StreamResponse
		if frame.UnmarshalVTUnsafe(data) != nil {
			return
		}
		for _, b := range frame.Batches {
			list, err := wire.FromBatch(b, "fuzz")
			if err != nil || len(list) == 0 {
				continue
			}
			again, err := wire.FromBatch(wire.ToBatch(b.Lane, b.Epoch, b.Sequence, list), "fuzz")
			if err != nil || !slices.EqualFunc(list, again, same) {
				t.Fatalf("%v: %v became %v", err, list, again)
			}
		}
		for _, r := range frame.Receipts {
			wire.FromReceipt(r)
		}
		for _, e := range frame.Events {
			wire.FromEvent(e)
		}
	})
}

func BenchmarkBatchThroughTheWire(b *testing.B) {
	header := &core.Header{Attributes: core.NewAttributes(core.Attribute{Name: "conn", Value: "ws-1.1"})}
	list := make([]core.Message, 64)
	for i := range list {
		list[i] = core.Message{ID: core.ID{1}.Add(uint64(i)), Header: header, Payload: make([]byte, 128), Time: 5}
	}
	b.ReportAllocs()
	for b.Loop() {
		frame, err := wire.Codec{}.Marshal(&pluginv1.StreamResponse{Batches: []*pluginv1.Batch{wire.ToBatch(1, 1, 1, list)}})
		if err != nil {
			b.Fatal(err)
		}
		var got pluginv1.StreamResponse
		if err := (wire.Codec{}).Unmarshal(frame, &got); err != nil {
			b.Fatal(err)
		}
		frame.Free()
		if _, err := wire.FromBatch(got.Batches[0], "ws"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/message")
}

func TestFaultsCrossWithTheHeadersOfTheirMessages(t *testing.T) {
	sound := &core.Header{ContentType: "a"}
	none := &core.Header{Fault: &core.Fault{Reason: core.ReasonUndecodable, Detail: "no\nbody"}}
	large := &core.Header{Fault: &core.Fault{Reason: core.ReasonTooLarge, Detail: strings.Repeat("x", 2*wire.MaxDetail)}}
	faults := wire.Faults(wire.ToBatch(0, 1, 1, []core.Message{{Header: none}, {Header: sound}, {}, {Header: large}}))
	if len(faults) != 2 || faults[0] != (core.Fault{Reason: core.ReasonUndecodable, Detail: "no body"}) ||
		faults[1].Index != 3 || faults[1].Reason != core.ReasonTooLarge || len(faults[1].Detail) > wire.MaxDetail+len("…") {
		t.Errorf("faults %+v", faults)
	}
	if faults := wire.Faults(wire.ToBatch(0, 1, 1, []core.Message{{Header: none}, {Header: none}})); len(faults) != 2 {
		t.Errorf("of messages that share a header: %+v", faults)
	}
	if faults := wire.Faults(wire.ToBatch(0, 1, 1, []core.Message{{Header: sound}, {}})); faults != nil {
		t.Errorf("%+v without a fault", faults)
	}
}
