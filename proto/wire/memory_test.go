package wire_test

import (
	"testing"
	"unsafe"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// received takes messages through the wire.
func received(t testing.TB, list []core.Message) []core.Message {
	t.Helper()
	frame, err := wire.Codec{}.Marshal(&pluginv1.StreamResponse{Batches: []*pluginv1.Batch{wire.ToBatch(1, 1, 1, list)}})
	if err != nil {
		t.Fatal(err)
	}
	defer frame.Free()
	var got pluginv1.StreamResponse
	if err := (wire.Codec{}).Unmarshal(frame, &got); err != nil {
		t.Fatal(err)
	}
	messages, err := wire.FromBatch(got.Batches[0], "ws")
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// Whoever appends to a payload gets memory of its own: behind it in the frame lies the next message.
func TestAppendingToAPayloadLeavesTheNextAlone(t *testing.T) {
	second := "second, which is long enough to have room for what is appended"
	got := received(t, []core.Message{{Payload: []byte("first")}, {Payload: []byte(second)}})
	longer := append(got[0].Payload, " and a good deal more"...)
	if text := string(got[1].Payload); text != second {
		t.Errorf("the next message became %q by %q", text, longer)
	}
}

// A queue copies a payload out of its frame where that is mostly something else. The header must not keep the frame then.
func TestHeadersDoNotKeepTheirFrame(t *testing.T) {
	frame := []byte("text/plain conn ws-1.7")
	of := func(from, to int) string { return unsafe.String(&frame[from], to-from) }
	messages, err := wire.FromBatch(&pluginv1.Batch{Sequence: 1, Payloads: [][]byte{nil}, Headers: []*pluginv1.Header{{
		ContentType: of(0, 10), Attributes: []*pluginv1.Attribute{{Name: of(11, 15), Value: of(16, 22)}},
	}}}, "ws")
	if err != nil {
		t.Fatal(err)
	}
	clear(frame)
	if h := messages[0].Header; h.ContentType != "text/plain" || messages[0].Attribute("conn") != "ws-1.7" {
		t.Errorf("the header is in the frame's memory: %+v", *h)
	}
}

// What a plugin says of faults and failures is kept too: with messages that wait, and to be shown as the latest.
func TestDetailsDoNotKeepTheirFrame(t *testing.T) {
	const text = "no JSON"
	frame := []byte(text)
	detail := unsafe.String(&frame[0], len(frame))
	faults := wire.Faults(&pluginv1.Batch{Payloads: [][]byte{nil}, Headers: []*pluginv1.Header{{Fault: &pluginv1.Fault{Detail: detail}}}})
	receipt := wire.FromReceipt(&pluginv1.Receipt{Exceptions: []*pluginv1.Exception{{First: 1, Count: 1,
		Outcome: pluginv1.Outcome_OUTCOME_FAILED, Failure: &pluginv1.Failure{Detail: detail}}}})
	event := wire.FromEvent(&pluginv1.Event{Cause: detail})
	clear(frame)
	for _, got := range []string{faults[0].Detail, receipt.Exceptions[0].Failure.Detail, event.Cause} {
		if got != text {
			t.Errorf("%q is in the frame's memory", got)
		}
	}
}

func TestABatchThroughTheWireAllocatesNothingPerMessage(t *testing.T) {
	header := &core.Header{Attributes: core.NewAttributes(core.Attribute{Name: "conn", Value: "ws-1.1"})}
	batch := coretest.Batch("ws", 1, coretest.ManyMessages, 128)
	for i := range batch.Messages {
		batch.Messages[i].Header = header
	}
	coretest.AllocatesPerBatch(t, func() { received(t, batch.Messages) })
}
