package delivery_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

// encodes is an outlet with an encoder that answers when the test wants it.
func encodes(t *testing.T, options delivery.Options, test func(f *fixture, encoder *coretest.Converter)) {
	t.Helper()
	encoder := &coretest.Converter{Prefix: "e:"}
	options.Encoder = encoder
	within(t, options, func(f *fixture) { test(f, encoder) })
}

func sound(core.Message) string { return "" }

// unencodable says that the messages of those numbers can't be encoded.
func unencodable(numbers ...uint64) func(core.Message) string {
	return func(m core.Message) string {
		for _, n := range numbers {
			if coretest.Number(&m) == n {
				return fmt.Sprintf("/a/%d: no such value", n)
			}
		}
		return ""
	}
}

func (f *fixture) answer(encoder *coretest.Converter, bad func(core.Message) string) {
	encoder.Answer(core.ReasonUnencodable, bad)
	synctest.Wait()
}

func TestValuesAreEncodedBehindTheQueueAndSentInOrder(t *testing.T) {
	encodes(t, delivery.Options{}, func(f *fixture, encoder *coretest.Converter) {
		f.offer(3)
		f.offer(2)
		if encoder.Total() != 0 {
			t.Error("values were encoded for an endpoint that is not there")
		}
		f.connect()
		if encoder.Total() != 1 {
			t.Errorf("%d calls of the encoder for what waited, want 1", encoder.Total())
		}
		f.offer(4)
		f.arrived()
		f.accounts(core.Account{In: 9, Queued: 9})
		f.answer(encoder, sound)
		for _, sent := range f.lane.Take() {
			if got := string(sent.Message.Payload); got != "e:"+string(make([]byte, 10)) {
				t.Errorf("sent %q", got)
			}
		}
		f.answer(encoder, sound)
		f.arrived(5, 6, 7, 8)
		f.confirm(9)
		f.accounts(core.Account{In: 9, Delivered: 9})
	})
}

func TestUnencodableIsDroppedAndTheNextMessagePasses(t *testing.T) {
	encodes(t, delivery.Options{}, func(f *fixture, encoder *coretest.Converter) {
		f.connect()
		f.offer(5)
		f.answer(encoder, unencodable(0, 3, 4))
		f.arrived(1, 2)
		f.confirm(2)
		s := f.accounts(core.Account{In: 5, Delivered: 2, Dropped: dropped(core.ReasonUnencodable, 3)})
		if s.LastFailure != "/a/4: no such value" {
			t.Errorf("last failure %q", s.LastFailure)
		}
		f.offer(1)
		f.answer(encoder, sound)
		f.arrived(5)
	})
}

func TestUndecodableIsPoisonAndNeverEncoded(t *testing.T) {
	encodes(t, delivery.Options{Mode: core.ModeAcked, OnPoison: core.PoisonDrop}, func(f *fixture, encoder *coretest.Converter) {
		f.connect()
		batch := coretest.Batch("source", 0, 6, 10)
		ticket := &coretest.Ticket{}
		batch.Ticket = ticket
		for _, i := range []int{0, 2, 3} {
			batch.Faults = append(batch.Faults, core.Fault{Index: i, Reason: core.ReasonUndecodable, Detail: fmt.Sprint("bad ", i)})
		}
		f.Offer(batch)
		synctest.Wait()
		f.answer(encoder, func(m core.Message) string {
			if n := coretest.Number(&m); n == 0 || n == 2 || n == 3 {
				t.Errorf("message %d was given to the encoder", n)
			}
			return ""
		})
		f.arrived(1, 4, 5)
		f.confirm(3)
		f.accounts(core.Account{In: 6, Delivered: 3, Dropped: dropped(core.ReasonUndecodable, 3)})
		for i := range 6 {
			if ticket.TimesSettled(i) != 1 {
				t.Errorf("message %d was settled %d times", i, ticket.TimesSettled(i))
			}
		}
	})
}

// Outlets without an encoder may need the value too: for their filter.
func TestFaultsWithoutEncoder(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.connect()
		batch := coretest.Batch("source", 0, 3, 10)
		batch.Faults = []core.Fault{{Index: 1, Reason: core.ReasonFilterError, Detail: "no such key"}}
		f.Offer(batch)
		f.arrived(0, 2)
		f.confirm(2)
		f.accounts(core.Account{In: 3, Delivered: 2, Dropped: dropped(core.ReasonFilterError, 1)})
	})
}

func TestPoisonHoldsTheLaneForGood(t *testing.T) {
	encodes(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture, encoder *coretest.Converter) {
		f.connect()
		ticket := f.offer(3)
		f.answer(encoder, unencodable(1))
		f.arrived(0)
		f.confirm(1)
		s := f.accounts(core.Account{In: 3, Delivered: 1, Queued: 2})
		if want := "the endpoint can't take the first message: /a/1: no such value"; s.Paused != want {
			t.Errorf("paused %q, want %q", s.Paused, want)
		}
		// A new stream may help an endpoint; a value that its format can't hold stays one.
		f.disconnect(false)
		f.connect()
		f.SetEnabled(true)
		f.arrived()
		if ticket.Total() != 1 {
			t.Errorf("%d settled", ticket.Total())
		}
	})
}

func TestPoliciesReachWhatIsBeingEncoded(t *testing.T) {
	encodes(t, delivery.Options{Messages: 4, TTL: time.Minute}, func(f *fixture, encoder *coretest.Converter) {
		f.connect()
		f.offer(6)
		f.accounts(core.Account{In: 6, Queued: 4, Dropped: dropped(core.ReasonOverflow, 2)})
		if s := f.Snapshot(); s.Paused != "the marshalling has not encoded the first message yet" {
			t.Errorf("paused %q", s.Paused)
		}
		f.answer(encoder, unencodable(1, 3))
		f.arrived(2, 4, 5)
		f.confirm(3)
		f.offer(2)
		time.Sleep(time.Minute)
		f.answer(encoder, sound)
		f.arrived()
		lost := dropped(core.ReasonOverflow, 2)
		lost[core.ReasonUnencodable] = 1
		f.accounts(core.Account{In: 8, Delivered: 3, Expired: 2, Dropped: lost})
	})
}

func TestFailedMessagesAreNotEncodedAgain(t *testing.T) {
	encodes(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture, encoder *coretest.Converter) {
		f.connect()
		f.offer(3)
		f.answer(encoder, sound)
		f.arrived(0, 1, 2)
		f.refuse(2, retryable(core.ScopeMessage, core.AttemptedNo))
		f.disconnect(true)
		f.connect()
		time.Sleep(time.Second)
		for _, sent := range f.lane.Take() {
			if got := string(sent.Message.Payload); got != "e:"+string(make([]byte, 10)) {
				t.Errorf("sent %q", got)
			}
		}
		if encoder.Total() != 1 {
			t.Errorf("%d calls of the encoder", encoder.Total())
		}
	})
}

// The encoder is kept busy, and is not given the whole queue.
func TestEncodingIsBounded(t *testing.T) {
	encodes(t, delivery.Options{Messages: 10_000}, func(f *fixture, encoder *coretest.Converter) {
		f.lane.Messages, f.lane.Bytes = 1, 1<<20
		f.connect()
		for range 2000 {
			f.offer(1)
		}
		for range 20 {
			f.answer(encoder, sound)
		}
		f.accounts(core.Account{In: 2000, Queued: 1999, InFlight: 1})
		if encoder.Total() > 10 || encoder.Waiting() > 0 {
			t.Errorf("%d calls for 2000 messages, %d wait", encoder.Total(), encoder.Waiting())
		}
		for range 2000 {
			encoder.AnswerAll()
			f.lane.Credit(100, math.MaxInt32)
			synctest.Wait()
		}
		if sent := f.lane.Take(); len(sent) != 2000 || f.lane.Fault() != "" {
			t.Errorf("%d sent, %s", len(sent), f.lane.Fault())
		}
	})
}

func TestFilteredAndOverflowedAreCounted(t *testing.T) {
	within(t, delivery.Options{Overflow: core.OverflowBlock}, func(f *fixture) {
		ticket := &coretest.Ticket{}
		f.Offer(core.Batch{Source: "source", Filtered: 5, Ticket: ticket})
		f.Offer(core.Batch{Source: "source", Overflowed: 2})
		f.accounts(core.Account{In: 7, Filtered: 5, Dropped: dropped(core.ReasonOverflow, 2)})
		if ticket.TimesQueued() != 1 {
			t.Error("the source waits for nothing")
		}
		f.Close(core.ReasonShutdown)
		f.Offer(core.Batch{Source: "source", Filtered: 1})
		f.accounts(core.Account{In: 8, Filtered: 6, Dropped: dropped(core.ReasonOverflow, 2)})
	})
}
