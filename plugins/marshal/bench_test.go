package marshal

import (
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// object is 128 bytes of JSON as people send it.
const object = `{"id":4711,"symbol":"ARLD","price":103.25,"volume":1200,"open":true,"tags":["new","up"],"at":"2026-11-21T10:20:30Z","seq":183746}`

func BenchmarkConvert(b *testing.B) {
	value, err := decode(jsonFormat{}, object)
	if err != nil {
		b.Fatal(err)
	}
	pack, err := encode(packFormat{}, value)
	if err != nil {
		b.Fatal(err)
	}
	event, err := encode(standard, value)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name, payload string
		convert       func(sdk.Message) (sdk.Message, error)
	}{
		{"json-to-cbor", object, jsonFormat{}.Unmarshal},
		{"cbor-to-json", value, jsonFormat{}.Marshal},
		{"cbor-to-msgpack", value, packFormat{}.Marshal},
		{"msgpack-to-cbor", pack, packFormat{}.Unmarshal},
		{"cbor-to-cbor", value, cborFormat{}.Marshal},
		{"cbor-to-event", value, standard.Marshal},
		{"event-to-cbor", event, standard.Unmarshal},
		{"bytes-to-event", object, standard.Marshal},
		{"json-to-cbor-to-msgpack", object, func(m sdk.Message) (sdk.Message, error) {
			m, err := jsonFormat{}.Unmarshal(m)
			if err != nil {
				return m, err
			}
			return packFormat{}.Marshal(m)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := sdk.Message{ID: sdk.ID{1}, Source: "s", Time: 1, Payload: []byte(c.payload)}
			if c.payload == value {
				m.Header = cborHeader
			}
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if _, err := c.convert(m); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkProcess is JSON -> CBOR -> MessagePack through a plugin process, in batches of 64 on two streams. The test's
// own side of the streams has its share of the cores too.
func BenchmarkProcess(b *testing.B) {
	h := sdktest.InProcess(b)
	for name, id := range map[string]string{"json": "marshal-json", "pack": "marshal-msgpack"} {
		if err := h.Open(b, sdktest.Instance{Name: name, ID: id}); err != nil {
			b.Fatal(err)
		}
	}
	decoding, err := h.Client.Unmarshal(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	encoding, err := h.Client.Marshal(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	batch := make([]sdk.Message, 64)
	for i := range batch {
		batch[i] = sdk.Message{Payload: []byte(object)}
	}
	requests := (b.N + len(batch) - 1) / len(batch)
	b.ResetTimer()
	var sides sync.WaitGroup
	sides.Go(func() {
		for i := range requests {
			r := &pluginv1.UnmarshalRequest{Name: "json", Sequence: uint64(i), Batch: wire.ToBatch(0, 0, 1, batch)}
			if err := decoding.Send(r); err != nil {
				b.Error(err)
				return
			}
		}
	})
	sides.Go(func() {
		for range requests {
			r, err := decoding.Recv()
			if err == nil {
				r.Batch.Headers = []*pluginv1.Header{{ContentType: sdk.CanonicalType}}
				err = encoding.Send(&pluginv1.MarshalRequest{Name: "pack", Sequence: r.Sequence, Batch: r.Batch})
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	for range requests {
		if r, err := encoding.Recv(); err != nil || len(r.Errors) > 0 {
			b.Fatal(r, err)
		}
	}
	sides.Wait()
	b.ReportMetric(float64(requests*len(batch))/b.Elapsed().Seconds(), "messages/s")
}

// What a conversion takes from the heap: what it returns, and not more for each value in it.
func TestConversionsTakeLittleMemory(t *testing.T) {
	value, err := decode(jsonFormat{}, object)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := encode(packFormat{}, value)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		payload string
		convert func(sdk.Message) (sdk.Message, error)
		limit   float64
	}{
		"json-to-cbor": {object, jsonFormat{}.Unmarshal, 2}, "cbor-to-json": {value, jsonFormat{}.Marshal, 2},
		"cbor-to-msgpack": {value, packFormat{}.Marshal, 2}, "msgpack-to-cbor": {pack, packFormat{}.Unmarshal, 2},
		"cbor-to-cbor": {value, cborFormat{}.Marshal, 0}, "cbor-to-event": {value, standard.Marshal, 3},
	} {
		m := sdk.Message{Payload: []byte(c.payload), Header: cborHeader}
		n := testing.AllocsPerRun(100, func() {
			if _, err := c.convert(m); err != nil {
				t.Error(err)
			}
		})
		if n > c.limit {
			t.Errorf("%s: %v allocations, must be %v at most", name, n, c.limit)
		}
	}
}
