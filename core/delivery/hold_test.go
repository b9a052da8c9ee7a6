package delivery_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
	"pgregory.net/rapid"
)

// parity: W10
func TestAnEndpointThatIsStillStartingFindsWhatWasHeldForIt(t *testing.T) {
	within(t, delivery.Options{Messages: 4, Hold: delivery.Hold{Messages: 10, Age: time.Minute}}, func(f *fixture) {
		f.lane.Messages, f.lane.Bytes = 3, 1000
		f.offer(6)
		time.Sleep(40 * time.Second)
		f.offer(7)
		f.accounts(core.Account{In: 13, Queued: 10, Dropped: dropped(core.ReasonOverflow, 3)})
		time.Sleep(20 * time.Second)
		f.accounts(core.Account{In: 13, Queued: 7, Expired: 3, Dropped: dropped(core.ReasonOverflow, 3)})
		f.connect()
		f.arrived(6, 7, 8)
		time.Sleep(time.Second)
		f.accounts(core.Account{In: 13, Queued: 4, InFlight: 3, Expired: 3, Dropped: dropped(core.ReasonOverflow, 3)})
	})
}

// While the endpoint takes what was held slowly, the rest waits its turn, whatever its age; then the queue's own bound
// holds again.
func TestWhatWasHeldIsNotDroppedWhenTheEndpointComesBack(t *testing.T) {
	within(t, delivery.Options{Messages: 2, Timeout: time.Hour, Hold: delivery.Hold{Messages: 8, Age: time.Minute}}, func(f *fixture) {
		f.lane.Messages, f.lane.Bytes = 2, 1000
		f.offer(8)
		f.connect()
		f.arrived(0, 1)
		time.Sleep(2 * time.Minute)
		f.confirm(2)
		f.lane.Credit(2, 0)
		f.arrived(2, 3)
		f.offer(5)
		f.accounts(core.Account{In: 13, Delivered: 2, InFlight: 2, Queued: 8, Dropped: dropped(core.ReasonOverflow, 1)})
		f.lane.Credit(7, 0)
		f.arrived(5, 6, 7, 8, 9, 10, 11)
		f.accounts(core.Account{In: 13, Delivered: 2, InFlight: 9, Queued: 1, Dropped: dropped(core.ReasonOverflow, 1)})
		f.offer(5)
		f.accounts(core.Account{In: 18, Delivered: 2, InFlight: 9, Queued: 2, Dropped: dropped(core.ReasonOverflow, 5)})
	})
}

// An endpoint that fails as a whole is away though its plugin is there.
func TestAnEndpointThatFailsIsAway(t *testing.T) {
	within(t, delivery.Options{Messages: 4, Hold: delivery.Hold{Age: 10 * time.Second}}, func(f *fixture) {
		f.connect()
		f.offer(1)
		for _, sequence := range f.arrived(0) {
			f.refuse(sequence, core.Failure{Class: core.FailureThrottled, Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo,
				RetryAfter: time.Hour, Detail: "away"})
		}
		time.Sleep(10*time.Second - 1)
		f.accounts(core.Account{In: 1, Queued: 1})
		time.Sleep(time.Nanosecond)
		f.accounts(core.Account{In: 1, Expired: 1})
	})
}

func TestWhereTheSourceWaitsNothingIsHeld(t *testing.T) {
	within(t, delivery.Options{Messages: 2, Overflow: core.OverflowBlock, Hold: delivery.Hold{Messages: 5, Age: time.Second}}, func(f *fixture) {
		ticket := f.offer(4)
		time.Sleep(time.Hour)
		f.accounts(core.Account{In: 4, Queued: 4})
		if ticket.TimesQueued() != 0 {
			t.Error("the source need not wait")
		}
	})
}

// Against a list that is cut at its bound and at its age: what an endpoint finds when it comes for the first time.
func TestWhatIsHeldInRandomHistories(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			options := delivery.Options{
				Messages: rapid.IntRange(1, 20).Draw(t, "queue"),
				Overflow: rapid.SampledFrom([]core.Overflow{core.OverflowDropOldest, core.OverflowDropNewest}).Draw(t, "overflow"),
				Hold: delivery.Hold{Messages: rapid.IntRange(1, 20).Draw(t, "held"),
					Age: time.Duration(rapid.IntRange(0, 20).Draw(t, "age")) * time.Second},
			}
			outlet := delivery.New(options)
			defer outlet.Close(core.ReasonRemoved)
			type held struct {
				number uint64
				until  time.Time
			}
			var want []held
			var offered, overflowed, expired uint64
			cut := func() {
				if age := options.Hold.Age; age > 0 {
					kept := slices.IndexFunc(want, func(h held) bool { return h.until.After(time.Now()) })
					if kept < 0 {
						kept = len(want)
					}
					expired += uint64(kept)
					want = want[kept:]
				}
				if over := len(want) - options.Hold.Messages; over > 0 {
					overflowed += uint64(over)
					if options.Overflow == core.OverflowDropOldest {
						want = want[over:]
					} else {
						want = want[:options.Hold.Messages]
					}
				}
			}
			for range rapid.IntRange(1, 20).Draw(t, "steps") {
				n := rapid.IntRange(1, 6).Draw(t, "offer")
				outlet.Offer(coretest.Batch("source", offered, n, 4))
				for range n {
					want = append(want, held{offered, time.Now().Add(options.Hold.Age)})
					offered++
				}
				synctest.Wait()
				cut()
				time.Sleep(time.Duration(rapid.IntRange(0, 9).Draw(t, "seconds")) * time.Second)
				synctest.Wait()
				cut()
				got := outlet.Snapshot()
				if got.Residue() != 0 || got.Queued != uint64(len(want)) || got.Expired != expired || got.Dropped[core.ReasonOverflow] != overflowed {
					t.Fatalf("account %+v, want %d queued, %d expired, %d overflowed", got, len(want), expired, overflowed)
				}
			}
			var lane coretest.Lane
			lane.Connect(outlet)
			synctest.Wait()
			for i, sent := range lane.Take() {
				if number := coretest.Number(&sent.Message); number != want[i].number {
					t.Fatalf("message %d arrived as number %d, want %d", number, i, want[i].number)
				}
			}
			if got := outlet.Snapshot(); got.InFlight != uint64(len(want)) {
				t.Fatalf("%d arrived, want %d", got.InFlight, len(want))
			}
		})
	})
}
