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

// passThrough is an outlet whose endpoint confirms at once; offer gives it a batch of size messages when there is room.
func passThrough(t testing.TB, mode core.Mode, size int) (offer func()) {
	outlet := delivery.New(delivery.Options{Mode: mode, Overflow: core.OverflowBlock})
	t.Cleanup(func() { outlet.Close(core.ReasonRemoved) })
	outlet.Up(&echo{user: outlet}, 1)
	outlet.Credit(1, math.MaxInt32, math.MaxInt32)
	batch := coretest.Batch("source", 0, size, 128)
	credit := make(window, 16)
	for range cap(credit) {
		credit.Queued()
	}
	batch.Ticket = credit
	return func() {
		<-credit
		outlet.Offer(batch)
	}
}

func TestPassThroughAllocatesNothingPerMessage(t *testing.T) {
	for _, mode := range []core.Mode{core.ModeLive, core.ModeAcked} {
		t.Run(mode.String(), func(t *testing.T) {
			coretest.AllocatesPerBatch(t, passThrough(t, mode, coretest.ManyMessages))
		})
	}
}

// One operation is a batch of 64 messages: what it allocates, a snapshot, is shared by all of them.
func BenchmarkPassThrough(b *testing.B) {
	for _, mode := range []core.Mode{core.ModeLive, core.ModeAcked} {
		b.Run(mode.String(), func(b *testing.B) {
			offer := passThrough(b, mode, 64)
			b.ReportAllocs()
			for b.Loop() {
				offer()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(64*b.N), "ns/message")
		})
	}
}
