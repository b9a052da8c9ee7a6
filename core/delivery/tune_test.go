package delivery_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/delivery"
)

// fault: F12
func TestTuningLeavesWhatIsThereInItsPlace(t *testing.T) {
	within(t, delivery.Options{Messages: 8}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		f.disconnect(true) // live: both are lost
		f.offer(8)
		f.Tune(delivery.Options{Messages: 5, TTL: time.Minute})
		f.accounts(core.Account{In: 10, Queued: 5, Dropped: lost(2, 3)})
		f.Tune(delivery.Options{Messages: 100, Overflow: core.OverflowDropNewest, TTL: time.Hour})
		f.offer(20)
		time.Sleep(30 * time.Minute)
		f.connect()
		f.arrived(numbers(5, 30)...)
		f.confirm(25)
		if f.Overflow() != core.OverflowDropNewest {
			t.Errorf("overflow is %v", f.Overflow())
		}
		f.accounts(core.Account{In: 30, Delivered: 25, Dropped: lost(2, 3)})
	})
}

func lost(plugin, overflow uint64) (counts [core.ReasonCount]uint64) {
	counts[core.ReasonPluginLost], counts[core.ReasonOverflow] = plugin, overflow
	return counts
}

func TestAShorterLifeHoldsForWhatWaitsAlready(t *testing.T) {
	within(t, delivery.Options{TTL: time.Hour}, func(f *fixture) {
		f.offer(3)
		f.Tune(delivery.Options{TTL: time.Second})
		time.Sleep(2 * time.Second)
		f.accounts(core.Account{In: 3, Expired: 3})
	})
}

func TestPoisonThatHoldsTheLaneGoesWhenTheOperatorSaysSo(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		ticket := f.offer(2)
		f.arrived(0, 1)
		f.refuse(1, permanent(core.FailurePermanent))
		f.accounts(core.Account{In: 2, Queued: 1, InFlight: 1})
		f.Tune(delivery.Options{Mode: core.ModeAcked, OnPoison: core.PoisonDrop})
		f.arrived(0)
		f.refuse(3, permanent(core.FailurePermanent))
		f.confirm(3)
		f.accounts(core.Account{In: 2, Delivered: 1, Dropped: dropped(core.ReasonRefused, 1)})
		if ticket.Total() != 2 {
			t.Error("the ticket is not settled")
		}
	})
}

func TestTuningNeverChangesWhoWaits(t *testing.T) {
	within(t, delivery.Options{Messages: 2, Overflow: core.OverflowBlock}, func(f *fixture) {
		f.Tune(delivery.Options{Messages: 1, Overflow: core.OverflowDropOldest})
		ticket := f.offer(3)
		synctest.Wait()
		if !f.Blocks() || f.Overflow() != core.OverflowBlock || ticket.TimesQueued() > 0 {
			t.Error("an outlet that blocked drops")
		}
	})
}
