package delivery_test

import (
	"slices"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

func TestMessageThatItsPluginDiesOfIsFound(t *testing.T) {
	options := delivery.Options{Mode: core.ModeAcked, OnPoison: core.PoisonDrop, Random: func() float64 { return 0.1 }}
	within(t, options, func(f *fixture) {
		ticket := f.offer(4)
		for range 3 {
			f.connect()
			f.arrived(0, 1, 2, 3)
			f.disconnect(true)
		}
		f.connect()
		f.arrived(0, 1, 2, 3)
		f.offer(1) // under no suspicion, and yet it waits
		f.confirm(2)
		f.arrived()
		f.disconnect(false) // the stream's end alone blames nobody
		for range 2 {
			f.connect()
			f.arrived(2, 3)
			f.disconnect(true)
		}
		f.connect()
		f.arrived(2)
		f.disconnect(true)
		f.connect()
		f.refuse(f.arrived(3)[0], retryable(core.ScopeMessage, core.AttemptedNo))
		last := f.arrived(4)[0]
		time.Sleep(5 * time.Second)
		f.arrived() // suspects fly among themselves
		f.lane.Except(last, 1, core.OutcomeConfirmed, nil)
		f.confirm(f.arrived(3)[0])
		f.accounts(core.Account{In: 5, Delivered: 4, Dropped: dropped(core.ReasonCrashedPlugin, 1)})
		if ticket.Total() != 4 {
			t.Errorf("%d settled", ticket.Total())
		}
	})
}

// The restarts that an endpoint has by default must suffice to find one message among thousands.
func TestTheCrashingMessageIsFoundInSixDeaths(t *testing.T) {
	options := delivery.Options{Mode: core.ModeAcked, OnPoison: core.PoisonDrop, Messages: 5000}
	within(t, options, func(f *fixture) {
		const killer = 2345
		for range 40 {
			f.offer(100)
		}
		deaths, steps := 0, 0
		for f.connect(); f.Snapshot().Account.Delivered < 3999; steps++ {
			sent := f.lane.Take()
			if slices.ContainsFunc(sent, func(s coretest.Sent) bool { return coretest.Number(&s.Message) == killer }) {
				if deaths++; deaths > 20 {
					t.Fatal("it is never found")
				}
				f.disconnect(true)
				f.connect()
				continue
			}
			f.confirm(sent[len(sent)-1].Sequence)
		}
		f.accounts(core.Account{In: 4000, Delivered: 3999, Dropped: dropped(core.ReasonCrashedPlugin, 1)})
		if deaths != 6 || steps > 200 {
			t.Errorf("%d deaths and %d rounds", deaths, steps)
		}
	})
}

// A plugin that is killed from outside loses no message to suspicion, as long as some pass between the kills.
func TestInnocentMessagesOutliveKillsFromOutside(t *testing.T) {
	options := delivery.Options{Mode: core.ModeAcked, OnPoison: core.PoisonDrop, Messages: 5000}
	within(t, options, func(f *fixture) {
		for range 50 {
			f.offer(100)
		}
		for life := 0; f.Snapshot().Account.Delivered < 5000; life++ {
			f.connect()
			for round := 0; round < 10 && life >= 3; round++ {
				if sent := f.lane.Take(); len(sent) > 0 {
					f.confirm(sent[len(sent)-1].Sequence)
				}
			}
			f.lane.Take()
			if f.disconnect(true); life > 100 {
				t.Fatalf("%+v", f.Snapshot().Account)
			}
		}
		f.accounts(core.Account{In: 5000, Delivered: 5000})
	})
}
