package delivery_test

import (
	"math"
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

func (e *echo) Break(detail string) { panic("an honest endpoint was blamed: " + detail) }

// window is the credit of a source: a ticket gives back a place when its batch is in the queue.
type window chan struct{}

func (w window) Queued()        { w <- struct{}{} }
func (window) Settled(_, _ int) {}

// One operation is a batch of 64 messages: what it allocates, a snapshot, is shared by all of them.
func BenchmarkPassThrough(b *testing.B) {
	for _, mode := range []core.Mode{core.ModeLive, core.ModeAcked} {
		b.Run(mode.String(), func(b *testing.B) {
			outlet := delivery.New(delivery.Options{Mode: mode, Overflow: core.OverflowBlock})
			defer outlet.Close(core.ReasonRemoved)
			outlet.Up(&echo{user: outlet}, 1)
			outlet.Credit(1, math.MaxInt32, math.MaxInt32)
			batch := coretest.Batch("source", 0, 64, 128)
			credit := make(window, 16)
			for range cap(credit) {
				credit.Queued()
			}
			batch.Ticket = credit
			b.ReportAllocs()
			for b.Loop() {
				<-credit
				outlet.Offer(batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(64*b.N), "ns/message")
		})
	}
}
