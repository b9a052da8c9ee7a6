package redis

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func BenchmarkPublish(b *testing.B) {
	server := startServer(b)
	w := speak(b, config{URL: server.url(), Channel: "orders"})
	for _, size := range []int{128, 1024, 16384} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			messages := make([]sdk.Message, 128)
			for i := range messages {
				messages[i].Payload = make([]byte, size)
			}
			b.ReportAllocs()
			b.SetBytes(int64(128 * size))
			for b.Loop() {
				if err := w.Send(context.Background(), messages); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*len(messages))/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

func BenchmarkReceive(b *testing.B) {
	server := startServer(b)
	for _, size := range []int{128, 1024, 16384} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			s := open(b, config{URL: server.url(), Channel: "orders"}, sdk.Instance{Inbound: true})
			arrived := make(chan int, 1<<16)
			batches := 0
			s.receive(b, func(_ context.Context, messages []sdk.Message, _ ...string) error {
				batches++
				arrived <- len(messages)
				return nil
			})
			s.expect(b, core.EventConnected)
			const n = 128
			flood := bytes.Repeat(fmt.Appendf(nil, "*3\r\n$7\r\nPUBLISH\r\n$6\r\norders\r\n$%d\r\n%s\r\n", size,
				strings.Repeat("x", size)), n)
			publisher := dialRaw(b, server)
			b.ReportAllocs()
			b.SetBytes(int64(n * size))
			for b.Loop() {
				if _, err := publisher.Write(flood); err != nil {
					b.Fatal(err)
				}
				for got := 0; got < n; {
					got += <-arrived
				}
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "msg/s")
			b.ReportMetric(float64(b.N*n)/float64(batches), "msg/batch")
		})
	}
}

// dialRaw connects without a client library, whose allocations would be counted, and throws all answers away.
func dialRaw(b *testing.B, server *server) net.Conn {
	b.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", server.port))
	if err != nil {
		b.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(io.Discard, conn) })
	b.Cleanup(func() {
		_ = conn.Close()
		reading.Wait()
	})
	return conn
}
