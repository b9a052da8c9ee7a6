package file

import (
	"context"
	"fmt"
	"testing"

	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func BenchmarkSend(b *testing.B) {
	for _, size := range []int{128, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			w := writeTo(b, config{Path: b.TempDir(), MaxSize: 64 << 20})
			messages := batch(size)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Send(context.Background(), messages); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*len(messages))/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	m := batch(128)[0]
	line, err := new(record.Encoder).Append(nil, &m)
	if err != nil {
		b.Fatal(err)
	}
	var d record.Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decode(line); err != nil {
			b.Fatal(err)
		}
	}
}

// batch is 128 messages of one connection.
func batch(size int) []sdk.Message {
	h := &sdk.Header{Attributes: sdk.NewAttributes(sdk.Attribute{Name: "conn", Value: "ws-1.2"})}
	messages := make([]sdk.Message, 128)
	for i := range messages {
		payload := make([]byte, size)
		for at := range payload {
			payload[at] = 'x'
		}
		messages[i] = sdk.Message{ID: sdk.ID{15: byte(i)}, Source: "orders", Time: 1, Header: h, Payload: payload}
	}
	return messages
}
