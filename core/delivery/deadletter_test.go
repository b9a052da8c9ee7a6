package delivery_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

// letters is a dead letter that settles nothing by itself. The outlet's goroutine alone writes causes.
type letters struct {
	coretest.Outlet
	causes []delivery.Cause
}

func (l *letters) Bury(batch core.Batch, cause delivery.Cause) {
	l.causes = append(l.causes, cause)
	l.Offer(batch)
}

// lane is an outlet as another one's dead letter.
type lane struct{ *delivery.Outlet }

func (l lane) Bury(batch core.Batch, _ delivery.Cause) { l.Offer(batch) }

func TestDeadLetterKeepsMessagesInFlightUntilItConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		grave := delivery.New(delivery.Options{Mode: core.ModeAcked})
		defer grave.Close(core.ReasonRemoved)
		outlet := delivery.New(delivery.Options{Mode: core.ModeAcked, DeadLetter: lane{grave}})
		defer outlet.Close(core.ReasonRemoved)
		f := &fixture{T: t, Outlet: outlet}
		f.connect()
		ticket := f.offer(5)
		failure := permanent(core.FailurePermanent)
		f.lane.Except(2, 3, core.OutcomeFailed, &failure)
		f.confirm(5)
		f.accounts(core.Account{In: 5, Delivered: 2, InFlight: 3})
		var far coretest.Lane
		far.Connect(grave)
		synctest.Wait()
		far.Confirm(2)
		f.accounts(core.Account{In: 5, Delivered: 2, DeadLettered: 2, InFlight: 1})
		far.Confirm(3)
		f.accounts(core.Account{In: 5, Delivered: 2, DeadLettered: 3})
		for i := range 5 {
			if ticket.TimesSettled(i) != 1 {
				t.Errorf("message %d was settled %d times", i, ticket.TimesSettled(i))
			}
		}
	})
}

func TestFullDeadLetterPausesTheLane(t *testing.T) {
	grave := &letters{}
	within(t, delivery.Options{Messages: 2, DeadLetter: grave, Overflow: core.OverflowBlock}, func(f *fixture) {
		f.connect()
		f.offer(3)
		failure := permanent(core.FailureTooLarge)
		f.lane.Except(1, 2, core.OutcomeFailed, &failure)
		f.arrived(0, 1, 2)
		f.offer(1)
		f.arrived()
		batches := grave.Take()
		if len(batches) != 1 || len(batches[0].Messages) != 2 {
			t.Fatalf("dead letter got %v", batches)
		}
		batches[0].Ticket.Settled(1, 1)
		batches[0].Ticket.Settled(0, 2)
		f.arrived(3)
		f.accounts(core.Account{In: 4, DeadLettered: 2, InFlight: 2})
		// What it says again or of others counts for nothing.
		batches[0].Ticket.Settled(-3, 9)
		f.accounts(core.Account{In: 4, DeadLettered: 2, InFlight: 2})
	})
}

func TestCloseDropsWhatTheDeadLetterHasNotConfirmed(t *testing.T) {
	grave := &letters{}
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{T: t, Outlet: delivery.New(delivery.Options{Mode: core.ModeAcked, DeadLetter: grave})}
		f.connect()
		ticket := f.offer(2)
		failure := permanent(core.FailurePermanent)
		f.lane.Except(1, 2, core.OutcomeFailed, &failure)
		synctest.Wait()
		buried := grave.Take()[0]
		buried.Ticket.Settled(0, 1)
		synctest.Wait()
		f.Close(core.ReasonRemoved)
		buried.Ticket.Settled(1, 1)
		f.accounts(core.Account{In: 2, DeadLettered: 1, Dropped: dropped(core.ReasonRemoved, 1)})
		if ticket.Total() != 2 {
			t.Errorf("%d settled", ticket.Total())
		}
	})
}

// What a dead letter that is gone has not settled is poison as before it was given away, save what had settled.
func TestWhatIsExhumedIsPoisonAgain(t *testing.T) {
	for _, onPoison := range []core.OnPoison{core.PoisonDrop, core.PoisonBlock} {
		grave := &letters{}
		within(t, delivery.Options{Mode: core.ModeAcked, DeadLetter: grave}, func(f *fixture) {
			f.connect()
			batch := coretest.Batch("source", 0, 6, 10)
			batch.Faults = []core.Fault{{Index: 5, Reason: core.ReasonUndecodable, Detail: "no JSON"}}
			ticket := &coretest.Ticket{}
			batch.Ticket = ticket
			f.Offer(batch)
			f.arrived(0, 1, 2, 3, 4)
			failure := permanent(core.FailureTooLarge)
			f.lane.Except(2, 4, core.OutcomeFailed, &failure)
			f.confirm(5)
			buried := grave.Take()
			settled := buried[len(buried)-1]
			settled.Ticket.Settled(1, 1)
			f.Tune(delivery.Options{Mode: core.ModeAcked, OnPoison: onPoison})
			f.Exhume()
			settled.Ticket.Settled(0, 4)
			want, again := core.Account{In: 6, Delivered: 1, DeadLettered: 1, Queued: 4}, []uint64{1, 3, 4}
			if onPoison == core.PoisonDrop {
				want.Queued, again = 0, nil
				want.Dropped[core.ReasonTooLarge], want.Dropped[core.ReasonUndecodable] = 3, 1
			}
			s := f.accounts(want)
			if held := strings.HasPrefix(s.Paused, "the endpoint can't take the first message"); held != (want.Queued > 0) {
				t.Errorf("%v: paused %q", onPoison, s.Paused)
			}
			if ticket.Total() != 6-int(want.Queued) {
				t.Errorf("%v: %d settled", onPoison, ticket.Total())
			}
			f.disconnect(false)
			f.connect()
			f.arrived(again...)
		})
	}
}

func TestUnencodableMessagesGoToTheDeadLetterAsTheyCame(t *testing.T) {
	var box letters
	encodes(t, delivery.Options{Mode: core.ModeAcked, DeadLetter: &box, Messages: 2}, func(f *fixture, encoder *coretest.Converter) {
		f.connect()
		ticket := f.offer(5)
		f.answer(encoder, unencodable(0, 1, 2))
		buried := box.Take()
		if len(buried) != 2 || string(buried[0].Messages[0].Payload) != string(make([]byte, 10)) {
			t.Fatalf("the dead letter got %v", buried)
		}
		f.arrived()
		f.accounts(core.Account{In: 5, Queued: 3, InFlight: 2})
		buried[0].Ticket.Settled(0, 1)
		synctest.Wait()
		f.accounts(core.Account{In: 5, Queued: 2, InFlight: 2, DeadLettered: 1})
		buried[1].Ticket.Settled(0, 1)
		synctest.Wait()
		f.arrived(3, 4)
		f.confirm(2)
		box.Take()[0].Ticket.Settled(0, 1)
		f.accounts(core.Account{In: 5, Delivered: 2, DeadLettered: 3})
		if ticket.Total() != 5 {
			t.Errorf("%d settled", ticket.Total())
		}
	})
}

// What waits for the encoder is in the queue like all else.

func TestDeadLetterLearnsOfTheAttempts(t *testing.T) {
	grave := &letters{}
	within(t, delivery.Options{Mode: core.ModeAcked, DeadLetter: grave}, func(f *fixture) {
		begin := time.Now()
		time.Sleep(time.Minute)
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		f.lane.Except(2, 1, core.OutcomeConfirmed, nil)
		f.refuse(1, retryable(core.ScopeMessage, core.AttemptedUnknown))
		time.Sleep(200 * time.Millisecond)
		second := f.arrived(0)[0]
		time.Sleep(time.Second)
		f.refuse(second, permanent(core.FailureTooLarge))
		want := delivery.Cause{Reason: core.ReasonTooLarge, Attempts: 2, Detail: "never"}
		got := grave.causes[0]
		first, last := got.First.Sub(begin), got.Last.Sub(begin)
		got.First, got.Last = time.Time{}, time.Time{}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		// A pause is a little shorter than its bound.
		if first != time.Minute || last <= first || last > first+200*time.Millisecond {
			t.Errorf("first attempt after %v, last after %v", first, last)
		}
	})
}

func TestDeadLetterOfWhatWasNeverSent(t *testing.T) {
	grave := &letters{}
	within(t, delivery.Options{Mode: core.ModeAcked, DeadLetter: grave}, func(f *fixture) {
		batch := coretest.Batch("source", 0, 1, 10)
		batch.Faults = []core.Fault{{Reason: core.ReasonUndecodable, Detail: "no JSON"}}
		f.Offer(batch)
		synctest.Wait()
		now := time.Now()
		if got, want := grave.causes[0], (delivery.Cause{core.ReasonUndecodable, 0, now, now, "no JSON"}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// keptIn is where the payloads of a batch's originals begin.
func keptIn(batch *core.Batch) (at []*byte) {
	messages := batch.Messages
	if batch.Originals != nil {
		messages = batch.Originals
	}
	for i := range messages {
		at = append(at, &messages[i].Payload[0])
	}
	return at
}

// Whatever became of it on its way, the dead letter gets a message as its source gave it, also from a queue that keeps
// no frame for its sake.
func TestDeadLetterGetsTheOriginals(t *testing.T) {
	for _, decoded := range []bool{true, false} {
		grave := &letters{}
		encodes(t, delivery.Options{Mode: core.ModeAcked, DeadLetter: grave}, func(f *fixture, encoder *coretest.Converter) {
			f.connect()
			batch := coretest.Batch("source", 0, 4, 10)
			if decoded {
				batch.Originals = coretest.Batch("source", 0, 4, 30).Messages
			}
			for i := range batch.Messages {
				given := batch.Messages
				if decoded {
					given = batch.Originals
				}
				copy(given[i].Payload, "given "+string(rune('0'+i)))
			}
			batch.Pinned = 1 << 20
			f.Offer(batch)
			synctest.Wait()
			f.answer(encoder, unencodable(3))
			f.arrived(0, 1, 2)
			f.refuse(1, retryable(core.ScopeMessage, core.AttemptedNo))
			f.refuse(3, permanent(core.FailurePermanent))
			time.Sleep(time.Second)
			f.refuse(f.arrived(0)[0], permanent(core.FailurePermanent))
			var got []byte
			for _, buried := range grave.Take() {
				for _, m := range buried.Messages {
					got = append(got, bytes.TrimRight(m.Payload, "\x00")...)
					if given := keptIn(&batch); given[coretest.Number(&m)] == &m.Payload[0] {
						t.Error("a dead letter keeps its whole frame in memory")
					}
				}
				if buried.Pinned > 1000 {
					t.Errorf("a dead letter keeps %d bytes in memory", buried.Pinned)
				}
			}
			if want := "given 3given 2given 0"; string(got) != want {
				t.Errorf("decoded %v: the dead letter got %q, want %q", decoded, got, want)
			}
		})
	}
}
