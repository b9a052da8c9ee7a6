package delivery_test

import (
	"math"
	"runtime"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

// echo is a lane that confirms at once what it is sent.
type echo struct {
	user  core.LaneUser
	total int
}

func (e *echo) Send(first uint64, messages []core.Message) {
	e.total += len(messages)
	e.user.Receipt(core.Receipt{Epoch: 1, UpTo: first + uint64(len(messages)) - 1})
	e.user.Credit(1, uint64(len(messages)), math.MaxInt32)
}

func (e *echo) Renew() uint64 { return 1 }

// One operation is a batch of 64 messages: what it allocates, a snapshot, is shared by all of them.
func BenchmarkPassThrough(b *testing.B) {
	outlet := delivery.New(delivery.Options{Overflow: core.OverflowBlock, Messages: 1 << 20, Bytes: 1 << 30})
	lane := &echo{user: outlet}
	outlet.Up(lane, 1)
	outlet.Credit(1, math.MaxInt32, math.MaxInt32)
	batch := coretest.Batch("source", 0, 64, 128)
	b.ReportAllocs()
	for b.Loop() {
		outlet.Offer(batch)
		for outlet.Snapshot().Delivered == 0 {
			runtime.Gosched()
		}
	}
	if err := outlet.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
	outlet.Close(core.ReasonRemoved)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(64*b.N), "ns/message")
}
