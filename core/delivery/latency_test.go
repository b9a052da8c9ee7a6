package delivery_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

func TestWhatIsDeliveredIsTimedFromItsReceipt(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		received := time.Now()
		time.Sleep(30 * time.Millisecond) // it was decoded
		batch := coretest.Batch("source", 0, 3, 10)
		batch.Received = received
		f.Offer(batch)
		synctest.Wait()
		time.Sleep(70 * time.Millisecond)
		f.confirm(1)
		time.Sleep(time.Second)
		f.lane.Except(2, 1, core.OutcomeConfirmed, nil)
		synctest.Wait()
		f.confirm(3)
		var want core.Latency
		want.Add(100*time.Millisecond, 1)
		want.Add(1100*time.Millisecond, 1)
		want.Add(1100*time.Millisecond, 1)
		if got := f.Snapshot().Latency; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestWhatIsCountedAsLostIsNotTimed(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.connect()
		f.offer(5)
		f.offer(5)
		f.lane.Tell(core.Receipt{Epoch: f.lane.Epoch(), UpTo: 10,
			Counts: []core.OutcomeCount{{Outcome: core.OutcomeNoRecipient, Count: 7}}})
		synctest.Wait()
		s := f.Snapshot()
		if s.Delivered != 3 || s.Latency.Count() != 3 {
			t.Errorf("%d are delivered, %d timed, 3 are wanted", s.Delivered, s.Latency.Count())
		}
	})
}

func TestTheBytesOfAQueueAreShown(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.offer(5)
		if got := f.Snapshot().QueuedBytes; got != 50 {
			t.Errorf("%d bytes are queued, 50 are wanted", got)
		}
	})
}
