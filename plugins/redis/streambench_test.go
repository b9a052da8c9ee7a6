package redis

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func BenchmarkAdd(b *testing.B) {
	server := startServer(b)
	for _, size := range []int{128, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			c := ofStreamAt(server, fmt.Sprint(size))
			c.MaxLen = 10_000
			lane := adding(b, c).lane(b, sdk.LaneOptions{Acked: true})
			messages := make([]sdk.Message, 128)
			for i := range messages {
				messages[i].Payload = make([]byte, size)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := lane.Send(context.Background(), messages); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*len(messages))/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// BenchmarkRead reads and acknowledges entries that are there; one operation is 512 of them.
func BenchmarkRead(b *testing.B) {
	server := startServer(b)
	const each = 512
	for _, size := range []int{128, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			stream := fmt.Sprint(size)
			payloads := strings.Split(strings.Repeat(strings.Repeat("x", size)+" ", each)[:each*(size+1)-1], " ")
			foreign := server.client()
			b.ReportAllocs()
			for range b.N {
				add(b, foreign, stream, payloads...)
			}
			f := openFlow(b, ofStreamAt(server, stream), sdk.Instance{Inbound: true})
			done, left := make(chan struct{}), b.N*each
			b.ResetTimer()
			f.receive(b, func(ctx context.Context, messages []sdk.Message, tokens ...string) error {
				err := f.Settle(ctx, tokens, nil)
				if left -= len(messages); left == 0 {
					close(done)
				}
				return err
			})
			f.expect(b, core.EventConnected)
			<-done
			b.StopTimer()
			b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// BenchmarkAnswer takes one answer of 512 entries apart, without a Redis.
func BenchmarkAnswer(b *testing.B) {
	list := make([][]string, 512)
	for i := range list {
		list[i] = []string{"body", strings.Repeat("x", 128)}
	}
	text := answer(list...)
	b.ReportAllocs()
	var r *reply
	for b.Loop() {
		r = answerFor(readInside, 1<<20, answerBudget, r)
		if err := tell(r, bufio.NewReader(strings.NewReader(text))); err != nil {
			b.Fatal(err)
		}
	}
}
