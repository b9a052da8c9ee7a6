package delivery_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

// parity: A3 K19
func TestFullQueueDropsByItsPolicy(t *testing.T) {
	for overflow, kept := range map[core.Overflow][]uint64{
		core.OverflowDefault:    numbers(8, 12),
		core.OverflowDropOldest: numbers(8, 12),
		core.OverflowDropNewest: numbers(0, 4),
	} {
		within(t, delivery.Options{Messages: 4, Overflow: overflow}, func(f *fixture) {
			f.offer(3)
			f.offer(3)
			ticket := f.offer(6)
			f.accounts(core.Account{In: 12, Queued: 4, Dropped: dropped(core.ReasonOverflow, 8)})
			f.connect()
			f.arrived(kept...)
			if ticket.TimesQueued() != 0 {
				t.Error("an outlet that does not block told a ticket")
			}
		})
	}
}

func TestBytesBoundTheQueue(t *testing.T) {
	for overflow, kept := range map[core.Overflow][]uint64{
		core.OverflowDropOldest: numbers(4, 6),
		core.OverflowDropNewest: numbers(0, 2),
	} {
		within(t, delivery.Options{Bytes: 25, Overflow: overflow}, func(f *fixture) {
			f.offer(3)
			f.offer(3)
			f.connect()
			f.arrived(kept...)
		})
	}
}

func TestMessageLargerThanTheQueuePassesAlone(t *testing.T) {
	for _, overflow := range []core.Overflow{core.OverflowDropOldest, core.OverflowDropNewest, core.OverflowBlock} {
		within(t, delivery.Options{Bytes: 5, Overflow: overflow}, func(f *fixture) {
			ticket := f.offer(1)
			f.accounts(core.Account{In: 1, Queued: 1})
			if f.Blocks() && ticket.TimesQueued() != 1 {
				t.Error("a message alone was not let in")
			}
		})
	}
}

// parity: A3 K19
func TestBlockingQueueTellsTicketsInTheOrderOfArrival(t *testing.T) {
	within(t, delivery.Options{Messages: 4, Overflow: core.OverflowBlock}, func(f *fixture) {
		f.lane.Messages, f.lane.Bytes = 3, 1000
		tickets := []*coretest.Ticket{f.offer(3), f.offer(3), f.offer(1), f.offer(20)}
		told := func(want ...int) {
			t.Helper()
			for i, ticket := range tickets {
				if ticket.TimesQueued() != want[i] {
					t.Fatalf("ticket %d heard Queued %d times, want %d", i, ticket.TimesQueued(), want[i])
				}
			}
		}
		told(1, 0, 0, 0)
		f.connect()
		told(1, 1, 1, 0)
		f.arrived(0, 1, 2)
		f.lane.Credit(19, 1000)
		synctest.Wait()
		told(1, 1, 1, 0)
		f.lane.Credit(1, 1000)
		synctest.Wait()
		told(1, 1, 1, 1)
		f.arrived(numbers(3, 23)...)
		f.accounts(core.Account{In: 27, InFlight: 23, Queued: 4})
	})
}

func TestQueueCopiesOutWhatUsesLittleOfItsFrame(t *testing.T) {
	for _, c := range []struct {
		pinned int
		copied bool
	}{{80, false}, {81 * 4, true}} {
		within(t, delivery.Options{Bytes: 90, Overflow: core.OverflowDropNewest}, func(f *fixture) {
			batch := coretest.Batch("source", 0, 8, 10)
			batch.Pinned = c.pinned
			f.Offer(batch)
			f.connect()
			sent := f.lane.Take()
			if len(sent) != 8 {
				t.Fatalf("%d messages fit, want 8", len(sent))
			}
			if copied := &sent[0].Message.Payload[0] != &batch.Messages[0].Payload[0]; copied != c.copied {
				t.Errorf("%d bytes of a frame of %d: copied is %v", batch.Bytes(), c.pinned, copied)
			}
		})
	}
}

// What a browser puts into an envelope's attributes waits in memory like a payload does.
func TestAttributesCountForTheQueue(t *testing.T) {
	within(t, delivery.Options{Bytes: 1000, Overflow: core.OverflowDropOldest}, func(f *fixture) {
		large := func() *core.Header {
			return &core.Header{Attributes: core.NewAttributes(core.Attribute{Name: "note", Value: strings.Repeat("x", 386)})}
		}
		shared := coretest.Batch("source", 0, 8, 10)
		for i, header := 0, large(); i < 8; i++ {
			shared.Messages[i].Header = header
		}
		f.Offer(shared)
		f.accounts(core.Account{In: 8, Queued: 8})
		if got := f.Snapshot().QueuedBytes; got != 80+390 {
			t.Errorf("8 messages with one header count %d bytes", got)
		}
		for range 5 {
			one := coretest.Batch("source", 0, 1, 10)
			one.Messages[0].Header = large()
			one.Pinned = 2000 // copied out of its frame, the header still counts
			f.Offer(one)
			synctest.Wait()
		}
		f.accounts(core.Account{In: 13, Queued: 2, Dropped: dropped(core.ReasonOverflow, 11)})
		if got := f.Snapshot().QueuedBytes; got != 2*400 {
			t.Errorf("2 messages of 400 bytes count %d", got)
		}
	})
}

func TestMessagesExpire(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked, TTL: time.Minute}, func(f *fixture) {
		first := f.offer(2)
		time.Sleep(40 * time.Second)
		second := f.offer(3)
		time.Sleep(20 * time.Second)
		f.accounts(core.Account{In: 5, Expired: 2, Queued: 3})
		f.connect()
		f.arrived(2, 3, 4)
		f.refuse(2, retryable(core.ScopeMessage, core.AttemptedYes))
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if first.Total() != 2 || f.Snapshot().Expired < 2 {
			t.Errorf("first batch: %d settled, second: %d", first.Total(), second.Total())
		}
	})
}

// A message says when it was received by the time of day, which may jump between two messages, or be another machine's.
// fault: F11
func TestExpiryAndOrderDoNotAskTheTimeOfDay(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked, TTL: time.Minute}, func(f *fixture) {
		for _, jump := range []time.Duration{0, time.Hour, -time.Hour} {
			batch := coretest.Batch("source", f.offers, 1, 10)
			batch.Messages[0].Time = time.Now().Add(jump).UnixNano()
			f.offers++
			f.Offer(batch)
		}
		time.Sleep(time.Minute - time.Millisecond)
		f.connect()
		f.arrived(0, 1, 2)
		f.refuse(1, retryable(core.ScopeMessage, core.AttemptedNo))
		f.refuse(2, retryable(core.ScopeMessage, core.AttemptedNo))
		f.refuse(3, retryable(core.ScopeMessage, core.AttemptedNo))
		time.Sleep(time.Millisecond)
		f.accounts(core.Account{In: 3, Expired: 3})
	})
}

func TestEmptyBatchIsQueuedAtOnce(t *testing.T) {
	within(t, delivery.Options{Overflow: core.OverflowBlock}, func(f *fixture) {
		if f.offer(0).TimesQueued() != 1 {
			t.Error("the ticket of an empty batch was not told")
		}
	})
}

func TestDisabledLiveDropsAndRequiredAckedWaits(t *testing.T) {
	within(t, delivery.Options{Overflow: core.OverflowBlock}, func(f *fixture) {
		f.offer(2)
		f.SetEnabled(false)
		ticket := f.offer(3)
		f.accounts(core.Account{In: 5, Dropped: dropped(core.ReasonDisabled, 5)})
		if ticket.TimesQueued() != 1 {
			t.Error("the source of a disabled live outlet waits")
		}
		f.SetEnabled(true)
		f.offer(1)
		f.connect()
		f.arrived(5)
	})
	within(t, delivery.Options{Mode: core.ModeAcked, Messages: 4}, func(f *fixture) {
		f.connect()
		f.SetEnabled(false)
		f.offer(2)
		ticket := f.offer(3)
		if s := f.accounts(core.Account{In: 5, Queued: 5}); s.Paused != "the endpoint is disabled" {
			t.Errorf("paused: %q", s.Paused)
		}
		if ticket.TimesQueued() != 0 {
			t.Error("the source of a disabled acked outlet does not wait")
		}
		f.SetEnabled(true)
		f.arrived(numbers(0, 5)...)
	})
	within(t, delivery.Options{Mode: core.ModeAcked, Optional: true}, func(f *fixture) {
		f.SetEnabled(false)
		ticket := f.offer(2)
		f.accounts(core.Account{In: 2, Dropped: dropped(core.ReasonDisabled, 2)})
		if ticket.Total() != 0 || f.Blocks() || f.Counts() {
			t.Error("an optional outlet counts for its source")
		}
	})
}
