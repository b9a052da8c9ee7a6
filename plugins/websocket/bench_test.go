package websocket

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// BenchmarkBroadcast sends bursts of 64 messages of 128 bytes to all of several connections; one operation is one
// message to one connection.
func BenchmarkBroadcast(b *testing.B) {
	for _, connections := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			config := defaults()
			config.Slow = SlowWait
			s := serve(b, config)
			for range connections {
				c := s.raw(b)
				_ = c.SetDeadline(time.Time{})
				go func() { _, _ = io.Copy(io.Discard, c.from) }()
			}
			batch := make([]sdk.Message, 64)
			for i := range batch {
				batch[i].Payload = bytes.Repeat([]byte("m"), 128)
			}
			sink := s.sink(b, sdk.LaneOptions{})
			b.ReportAllocs()
			b.ResetTimer()
			for sent := 0; sent < b.N; sent += connections * len(batch) {
				if err := sink.Send(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
			}
			_ = s.Drain(within(b), core.DirectionOutbound)
		})
	}
}

// BenchmarkReceive reads messages of 128 bytes from one connection.
func BenchmarkReceive(b *testing.B) {
	s := openIdle(b, defaults())
	got, all := new(atomic.Int64), make(chan struct{})
	s.receive(func(_ context.Context, messages []sdk.Message, _ ...string) error {
		if n := got.Add(int64(len(messages))); n >= int64(b.N) && n-int64(len(messages)) < int64(b.N) {
			close(all)
		}
		return nil
	})
	c := s.raw(b)
	_ = c.SetDeadline(time.Time{})
	const each = 64
	burst := strings.Repeat(frame(finText, strings.Repeat("m", 128)), each)
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		for sent := 0; sent < b.N; sent += each {
			_, _ = io.WriteString(c, burst)
		}
	}()
	<-all
}
