package hub_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// settles waits until the source has been acked for all its messages, and returns the outlet's state.
func (r *relay) settles(count int64, outlet string) control.Outlet {
	r.t.Helper()
	eventually(r.t, "all is settled at the source", func() bool { return r.figure("source", "settled") == count })
	return r.outlet("source", outlet)
}

func TestStrictOrderSurvivesFailures(t *testing.T) {
	const count = 500
	dir := t.TempDir()
	sink := func(name string) string {
		return fmt.Sprintf("{name: %s, id: endpoint-mock, record: %q, fail: {each: 7, times: 60}}", name, filepath.Join(dir, name))
	}
	r := relayMocks(t, count, []string{sink("strict"), sink("loose")}, []string{
		"{to: strict, order: strict, retry: {initial: 1ms, max: 2ms}}",
		"{to: loose, retry: {initial: 1ms, max: 2ms}}",
	})
	if o := r.settles(count, "strict"); o.Account.Delivered != count || o.Account.Retried < 60 {
		t.Errorf("%+v", o.Account)
	}
	if got := numbers(t, filepath.Join(dir, "strict")); len(got) != count || !slices.IsSorted(got) {
		t.Errorf("strict: %d messages, in order: %v", len(got), slices.IsSorted(got))
	}
	if got := numbers(t, filepath.Join(dir, "loose")); len(got) != count || slices.IsSorted(got) {
		t.Errorf("first-attempt: %d messages, in order: %v, so nothing was shown", len(got), slices.IsSorted(got))
	}
}

func TestAckedRepeatsWhatMayHaveArrivedAndLiveDoesNot(t *testing.T) {
	const count = 200
	sink := func(name string) string {
		return "{name: " + name + ", id: endpoint-mock, fail: {attempted: unknown, each: 2, times: 50}}"
	}
	r := relayMocks(t, count, []string{sink("kept"), sink("lossy")}, []string{
		"{to: kept, retry: {initial: 1ms, max: 10ms}}",
		"{to: lossy, delivery: live, retry: {initial: 1ms, max: 10ms}}",
	})
	if o := r.settles(count, "kept"); o.Account.Delivered != count || o.Account.Retried != 50 || r.figure("kept", "received") != count {
		t.Errorf("acked: %+v", o.Account)
	}
	eventually(t, "live is done", func() bool { return r.outlet("source", "lossy").Account.Delivered == count-50 })
	if o := r.outlet("source", "lossy"); o.Account.Dropped["failed"] != 50 || o.Account.Retried != 0 {
		t.Errorf("live: %+v", o.Account)
	}
}

func TestTheFirstPauseIsNoLongerThanRetrySays(t *testing.T) {
	r := relayMocks(t, 1, []string{"{name: sink, id: endpoint-mock, fail: {times: 8}}"},
		[]string{"{to: sink, retry: {initial: 1ms, max: 4ms}}"})
	began := time.Now()
	if o := r.settles(1, "sink"); o.Account.Retried != 8 {
		t.Errorf("%+v", o.Account)
	}
	// With the defaults eight pauses would come to more than ten seconds at the mean.
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("eight attempts took %v", took)
	}
}

func TestAThrottlingSinkGetsThePauseThatItAsksFor(t *testing.T) {
	began := time.Now()
	r := relayMocks(t, 1, []string{"{name: sink, id: endpoint-mock, fail: {class: throttled, retry-after: 300ms, times: 3}}"},
		[]string{"{to: sink, retry: {initial: 1ms, max: 1ms}}"})
	if o := r.settles(1, "sink"); o.Account.Delivered != 1 || o.Account.Retried != 3 {
		t.Errorf("%+v", o.Account)
	}
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("three pauses of 300ms took %v", took)
	}
}

func TestWhatWaitsTooLongExpiresAndIsSettled(t *testing.T) {
	const count = 100
	r := relayMocks(t, count, []string{"{name: sink, id: endpoint-mock, enabled: false}"}, []string{"{to: sink, ttl: 200ms}"})
	if o := r.settles(count, "sink"); o.Account.Expired != count {
		t.Errorf("%+v", o.Account)
	}
	if got := r.figure("sink", "received"); got != 0 {
		t.Errorf("the sink received %d", got)
	}
}

func TestPoisonIsDroppedWhereTheFileSaysSo(t *testing.T) {
	const count = 100
	r := relayMocks(t, count, []string{"{name: sink, id: endpoint-mock, fail: {class: permanent, each: 10}}"},
		[]string{"{to: sink, on-poison: drop}"})
	if o := r.settles(count, "sink"); o.Account.Delivered != 90 || o.Account.Dropped["refused"] != 10 {
		t.Errorf("%+v", o.Account)
	}
}

func TestPoisonStopsAnAckedOutletUntilItsEndpointIsEnabled(t *testing.T) {
	const count = 100
	r := relayMocks(t, count, []string{"{name: sink, id: endpoint-mock, fail: {class: permanent, each: 10, times: 1}}"},
		[]string{"sink"})
	eventually(t, "the outlet stands", func() bool { return r.outlet("source", "sink").Paused != "" })
	if o := r.outlet("source", "sink"); o.Account.Delivered+o.Account.Queued+o.Account.InFlight != count || o.Account.Queued == 0 ||
		r.figure("source", "settled") == count {
		t.Errorf("%+v", o)
	}
	if err := r.SetEnabled(context.Background(), "sink", true); err != nil {
		t.Fatal(err)
	}
	if o := r.settles(count, "sink"); o.Account.Delivered != count {
		t.Errorf("%+v", o.Account)
	}
}

func TestABreakerIsSharedByAllOutletsOfAnEndpoint(t *testing.T) {
	r := start(t, `
global: {shutdown-timeout: 1s}
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 10, ack: true}
    - {name: late, id: endpoint-mock}
    - {name: sink, id: endpoint-mock, disconnect: {for: 2s}}
routes:
  source: [{to: sink, retry: {initial: 1ms, max: 1ms}}]
  late: [{to: sink, retry: {initial: 1ms, max: 1ms}}]
`)
	const open = "the endpoint keeps failing"
	eventually(t, "the breaker is open", func() bool { return r.outlet("source", "sink").Paused == open })
	if _, err := r.Send(t.Context(), "late", control.Message{Payload: []byte("late")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other outlet is paused", func() bool { return r.outlet("late", "sink").Paused == open })
	if o := r.outlet("late", "sink"); o.Account.Retried > 0 {
		t.Errorf("it had to fail itself: %+v", o.Account)
	}
	r.settles(10, "sink")
	eventually(t, "the other one delivers", func() bool { return r.outlet("late", "sink").Account.Delivered == 1 })
}

func TestASilentSinkTimesOut(t *testing.T) {
	const count = 50
	began := time.Now()
	r := relayMocks(t, count, []string{
		"{name: acked, id: endpoint-mock, stall-after: 0, timeout: 200ms}",
		"{name: live, id: endpoint-mock, stall-after: 0, timeout: 200ms}",
	}, []string{"{to: acked, retry: {initial: 1ms, max: 1ms}}", "{to: live, delivery: live}"})
	eventually(t, "live is dropped, acked sent again", func() bool {
		return r.outlet("source", "live").Account.Dropped["timeout"] == count && r.outlet("source", "acked").Account.Retried >= count
	})
	if o := r.outlet("source", "acked"); o.Account.Queued+o.Account.InFlight != count || o.LastFailure == "" {
		t.Errorf("acked: %+v", o)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("a timeout of 200ms took %v", took)
	}
	if settled := r.figure("source", "settled"); settled != 0 {
		t.Errorf("%d settled", settled)
	}
}
