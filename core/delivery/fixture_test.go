package delivery_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

// fixture is an outlet and the near end of its endpoint in a bubble of fake time.
type fixture struct {
	*testing.T
	*delivery.Outlet
	lane   coretest.Lane
	offers uint64
}

// within runs test in a bubble with an outlet that is closed at the end.
func within(t *testing.T, options delivery.Options, test func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if options.Random == nil {
			options.Random = func() float64 { return 1 - 1e-9 }
		}
		f := &fixture{T: t, Outlet: delivery.New(options)}
		defer func() { f.Close(core.ReasonRemoved) }()
		test(f)
	})
}

// offer gives the outlet a batch of count messages of 10 bytes, numbered on from the last.
func (f *fixture) offer(count int) *coretest.Ticket {
	batch := coretest.Batch("source", f.offers, count, 10)
	f.offers += uint64(count)
	ticket := &coretest.Ticket{}
	batch.Ticket = ticket
	f.Offer(batch)
	synctest.Wait()
	return ticket
}

func (f *fixture) connect() {
	f.lane.Connect(f)
	synctest.Wait()
}

func (f *fixture) disconnect(died bool) {
	f.lane.Disconnect(died)
	synctest.Wait()
}

func (f *fixture) confirm(upTo uint64) {
	f.lane.Confirm(upTo)
	synctest.Wait()
}

// refuse says that one message of the newest epoch failed.
func (f *fixture) refuse(sequence uint64, failure core.Failure) {
	f.lane.Except(sequence, 1, core.OutcomeFailed, &failure)
	synctest.Wait()
}

// arrived asserts which messages the endpoint got since it was last asked, and returns their sequence numbers.
func (f *fixture) arrived(numbers ...uint64) []uint64 {
	f.Helper()
	synctest.Wait()
	got, sequences := []uint64{}, []uint64{}
	for _, sent := range f.lane.Take() {
		got = append(got, coretest.Number(&sent.Message))
		sequences = append(sequences, sent.Sequence)
	}
	if fmt.Sprint(got) != fmt.Sprint(numbers) {
		f.Fatalf("arrived: messages %v, want %v", got, numbers)
	}
	return sequences
}

// accounts asserts the snapshot's account, without Retried where want has none.
func (f *fixture) accounts(want core.Account) core.Snapshot {
	f.Helper()
	synctest.Wait()
	snapshot := f.Snapshot()
	got := snapshot.Account
	if residue := got.Residue(); residue != 0 {
		f.Fatalf("the account does not add up by %d: %+v", residue, got)
	}
	if want.Retried == 0 {
		got.Retried = 0
	}
	if got != want {
		f.Fatalf("account:\n got %+v\nwant %+v", got, want)
	}
	return snapshot
}

func dropped(reason core.Reason, n uint64) (counts [core.ReasonCount]uint64) {
	counts[reason] = n
	return counts
}

func numbers(from, to uint64) (list []uint64) {
	for ; from < to; from++ {
		list = append(list, from)
	}
	return list
}

func retryable(scope core.FailureScope, attempted core.Attempted) core.Failure {
	return core.Failure{Class: core.FailureRetryable, Scope: scope, Attempted: attempted, Detail: "try again"}
}

func permanent(class core.FailureClass) core.Failure {
	return core.Failure{Class: class, Scope: core.ScopeMessage, Attempted: core.AttemptedNo, Detail: "never"}
}
