package host

import (
	"log/slog"
	"testing"
	"unsafe"

	"google.golang.org/grpc"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// Whatever a plugin answers, a request either gets one result or fault for each message, or its stream ends.
func FuzzAnswer(f *testing.F) {
	seed := &pluginv1.UnmarshalResponse{
		Errors: []*pluginv1.MarshalError{{Index: 1, Path: "/a", Detail: "bad"}},
		Batch: &pluginv1.Batch{Payloads: [][]byte{[]byte("a"), nil, []byte("c")}, HeaderOf: []uint32{0, 1, 0},
			Headers: []*pluginv1.Header{{ContentType: "x/y", Attributes: []*pluginv1.Attribute{{Name: "to", Value: "x"}}}, {}}},
	}
	text, err := seed.MarshalVT()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	seed.Batch.Payloads = seed.Batch.Payloads[:2]
	if text, err = seed.MarshalVT(); err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	plugin := &Plugin{host: &Host{options: Options{MaxMessage: 100}}, journal: newJournal(slog.New(slog.DiscardHandler), "test")}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got pluginv1.UnmarshalResponse
		if got.UnmarshalVTUnsafe(text) != nil {
			return
		}
		m := plugin.AddMarshalling(Instance{Name: "m"})
		plugin.endpoints = nil
		var faults []core.Fault
		calls := 0
		messages := []core.Message{{Payload: []byte("x")}, {Payload: []byte("y")}, {Payload: []byte("z")}}
		m.Decoder(nil).Convert(messages, func(_ []core.Message, found []core.Fault) { calls, faults = calls+1, found })
		q := m.decode
		q.sent, q.waiting = q.waiting, nil
		a := &answer{sequence: got.Sequence, batch: got.Batch, errors: got.Errors}
		if a.check(3) != nil {
			return
		}
		q.finish(q.sent[0], q.fill(q.sent[0], a))
		if calls != 1 || len(faults) > 3 {
			t.Fatalf("%d calls, %d faults", calls, len(faults))
		}
		for i := 1; i < len(faults); i++ {
			if faults[i].Index <= faults[i-1].Index || faults[i].Index > 2 {
				t.Fatalf("faults %+v", faults)
			}
		}
	})
}

// answered is a stream of conversions that has answered.
type answered struct {
	grpc.BidiStreamingClient[pluginv1.MarshalRequest, pluginv1.MarshalResponse]
	answer *pluginv1.MarshalResponse
}

func (a answered) Recv() (*pluginv1.MarshalResponse, error) { return a.answer, nil }

// The headers of what was encoded get its content type. They must not keep the frame where the payloads are copied out of it.
func TestAContentTypeDoesNotKeepItsFrame(t *testing.T) {
	frame := []byte("text/plain")
	response := &pluginv1.MarshalResponse{ContentType: unsafe.String(&frame[0], len(frame))}
	a, err := marshalExchange{answered{answer: response}}.receive()
	clear(frame)
	if err != nil || a.contentType != "text/plain" {
		t.Errorf("%q is in the frame's memory; %v", a.contentType, err)
	}
}
