package delivery_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

func TestDrainWaitsUntilNothingIsLeft(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		if err := f.Drain(f.Context()); err != nil {
			t.Errorf("nothing to drain: %v", err)
		}
		f.offer(2)
		ctx, cancel := context.WithTimeout(f.Context(), time.Second)
		defer cancel()
		if err := f.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a queue: %v", err)
		}
		f.connect()
		drained := make(chan error)
		go func() { drained <- f.Drain(f.Context()) }()
		f.confirm(1)
		select {
		case <-drained:
			t.Error("drained with a message in flight")
		default:
		}
		f.confirm(2)
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
}

func TestCloseAccountsForWhatIsLeft(t *testing.T) {
	type end struct {
		options delivery.Options
		reason  core.Reason
		want    core.Account
		settled int
		queued  int
	}
	for name, c := range map[string]end{
		"live, shutdown": {delivery.Options{}, core.ReasonShutdown,
			core.Account{In: 9, Delivered: 1, Dropped: dropped(core.ReasonShutdown, 8)}, 0, 0},
		"acked, shutdown": {delivery.Options{Mode: core.ModeAcked, Messages: 4}, core.ReasonShutdown,
			core.Account{In: 9, Delivered: 1, InFlight: 2, Queued: 6, Returned: 8}, 1, 1},
		"optional, shutdown": {delivery.Options{Mode: core.ModeAcked, Optional: true}, core.ReasonShutdown,
			core.Account{In: 9, Delivered: 1, Dropped: dropped(core.ReasonShutdown, 8)}, 0, 0},
		"acked, removed": {delivery.Options{Mode: core.ModeAcked, Messages: 4}, core.ReasonRemoved,
			core.Account{In: 9, Delivered: 1, Dropped: dropped(core.ReasonRemoved, 8)}, 9, 3},
		"blocking, removed": {delivery.Options{Messages: 4, Overflow: core.OverflowBlock}, core.ReasonRemoved,
			core.Account{In: 9, Delivered: 1, Dropped: dropped(core.ReasonRemoved, 8)}, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fixture{T: t, Outlet: delivery.New(c.options)}
				f.lane.Messages, f.lane.Bytes = 3, 100
				tickets := []*coretest.Ticket{f.offer(3), f.offer(5)}
				f.connect()
				f.confirm(1)
				f.Close(c.reason)
				tickets = append(tickets, f.offer(1)) // too late
				f.Close(core.ReasonFailed)
				f.confirm(2)
				f.accounts(c.want)
				settled, queued := 0, 0
				for _, ticket := range tickets {
					settled += ticket.Total()
					queued += ticket.TimesQueued()
				}
				if settled != c.settled || queued != c.queued {
					t.Errorf("%d settled, %d queued, want %d, %d", settled, queued, c.settled, c.queued)
				}
			})
		})
	}
}

func TestNewStreamReplacesTheOld(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		var second coretest.Lane
		second.Connect(f)
		f.disconnect(true) // late news of the first
		f.accounts(core.Account{In: 2, InFlight: 2, Retried: 2})
		if len(second.Take()) != 2 {
			t.Error("nothing was resent on the second stream")
		}
	})
}

func TestOldestAge(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.offer(1)
		time.Sleep(time.Minute)
		f.offer(1)
		if age := f.Snapshot().OldestAge; age != time.Minute {
			t.Errorf("oldest message waits for %v", age)
		}
	})
}
