package sdktest

import (
	"cmp"
	"slices"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Converted is the answer to one request of a marshalling.
type Converted struct {
	// Messages have payload and header; those of Faults have neither.
	Messages []core.Message
	// ContentType is that of all payloads of a Marshal.
	ContentType string
	Faults      []*pluginv1.MarshalError
}

// Unmarshal has an open marshalling decode messages, in a stream of their own.
func (h *Hub) Unmarshal(t T, name string, messages []core.Message) Converted {
	t.Helper()
	ctx, cancel := h.deadline()
	defer cancel()
	stream, err := h.Client.Unmarshal(ctx)
	if err != nil {
		t.Fatalf("Unmarshal: %v", err)
	}
	request := &pluginv1.UnmarshalRequest{Name: name, Sequence: 7, Batch: wire.ToBatch(0, 0, 1, messages)}
	if err := stream.Send(request); err != nil {
		t.Fatalf("Unmarshal: %v", err)
	}
	r, err := stream.Recv()
	if err != nil {
		t.Fatalf("Unmarshal: %v", err)
	}
	out, err := wire.FromBatch(r.Batch, "")
	if err != nil {
		t.Fatalf("the answer to Unmarshal: %v", err)
	}
	return checkedAnswer(t, r.Sequence, len(messages), Converted{Messages: out, Faults: r.Errors})
}

// Marshal has an open marshalling encode messages of one source, in a stream of their own.
func (h *Hub) Marshal(t T, name string, messages []core.Message) Converted {
	t.Helper()
	ctx, cancel := h.deadline()
	defer cancel()
	stream, err := h.Client.Marshal(ctx)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	request := &pluginv1.MarshalRequest{
		Name: name, Sequence: 7, Batch: wire.ToBatch(0, 0, 1, messages), Source: messages[0].Source,
	}
	if err := stream.Send(request); err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	r, err := stream.Recv()
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	out := make([]core.Message, len(r.Payloads))
	for i := range out {
		out[i].Payload = r.Payloads[i]
	}
	answer := Converted{Messages: out, ContentType: r.ContentType, Faults: r.Errors}
	return checkedAnswer(t, r.Sequence, len(messages), answer)
}

// checkedAnswer fails the test if an answer is not one to n messages.
func checkedAnswer(t T, sequence uint64, n int, c Converted) Converted {
	t.Helper()
	if sequence != 7 || len(c.Messages) != n {
		t.Fatalf("request 7 of %d messages was answered as %d with %d", n, sequence, len(c.Messages))
	}
	slices.SortFunc(c.Faults, func(a, b *pluginv1.MarshalError) int { return cmp.Compare(a.Index, b.Index) })
	for i, f := range c.Faults {
		if int(f.Index) >= n || i > 0 && f.Index == c.Faults[i-1].Index {
			t.Fatalf("an error for message %d of %d, or two for one", f.Index, n)
		}
		if f.Detail == "" || len(c.Messages[f.Index].Payload) > 0 {
			t.Errorf("error %v has no words, or a result", f)
		}
	}
	return c
}
