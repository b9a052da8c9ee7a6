package sdk_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func settled(lane uint32, upTo uint64) func(*sdktest.Seen) bool {
	return func(seen *sdktest.Seen) bool { return seen.Lanes[lane].UpTo >= upTo }
}

func bytesOf(payloads ...string) [][]byte {
	list := make([][]byte, len(payloads))
	for i, payload := range payloads {
		list[i] = []byte(payload)
	}
	return list
}

var wrongKey = &sdk.Failure{Class: sdk.FailurePermanent, Scope: sdk.ScopeMessage, Attempted: sdk.AttemptedYes, Detail: "WRONGTYPE"}

// choosy refuses "bad" and has nobody for "none".
func choosy(messages []sdk.Message) error {
	var e sdk.SendError
	for i := range messages {
		switch string(messages[i].Payload) {
		case "bad":
			e.Exceptions = append(e.Exceptions, sdk.Exception{Index: i, Count: 1, Outcome: sdk.OutcomeFailed, Failure: wrongKey})
		case "none":
			e.Exceptions = append(e.Exceptions, sdk.Exception{Index: i, Count: 1, Outcome: sdk.OutcomeNoRecipient})
		}
	}
	if e.Exceptions == nil {
		return nil
	}
	return &e
}

func TestAckedLaneNamesEachException(t *testing.T) {
	_, session := start(t, &endpoint{send: func(_ context.Context, m []sdk.Message) error { return choosy(m) }})
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	session.Deliver(t, 1, 1, 1, bytesOf("a", "bad", "bad", "none", "b", "bad")...)
	l := session.Wait(t, "receipts", settled(1, 6)).Lanes[1]
	wanted := []core.Exception{
		{First: 2, Count: 2, Outcome: core.OutcomeFailed}, {First: 4, Count: 1, Outcome: core.OutcomeNoRecipient},
		{First: 6, Count: 1, Outcome: core.OutcomeFailed},
	}
	for i, x := range l.Exceptions {
		if x.Failure != nil && *x.Failure != *wrongKey {
			t.Errorf("failure %+v", x.Failure)
		}
		if x.Failure = nil; i < len(wanted) && x != wanted[i] {
			t.Errorf("exception %+v, must be %+v", x, wanted[i])
		}
	}
	if len(l.Exceptions) != len(wanted) || len(l.Counts) > 0 {
		t.Errorf("%d exceptions, counts %v", len(l.Exceptions), l.Counts)
	}
}

func TestLiveLaneCountsMessagesWithoutRecipient(t *testing.T) {
	_, session := start(t, &endpoint{send: func(_ context.Context, m []sdk.Message) error { return choosy(m) }})
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	session.Deliver(t, 1, 1, 1, bytesOf("none", "a", "none", "bad", "none")...)
	l := session.Wait(t, "receipts", settled(1, 5)).Lanes[1]
	if l.Counts[core.OutcomeNoRecipient] != 3 || len(l.Exceptions) != 1 || l.Exceptions[0].First != 4 {
		t.Errorf("counts %v, exceptions %+v", l.Counts, l.Exceptions)
	}
}

// ordered is an endpoint that promises to stop at the first failure.
type ordered struct{ endpoint }

func (o *ordered) StopsAtFirstFailure() {}

func TestStrictLaneStopsAtTheFirstFailure(t *testing.T) {
	var mu sync.Mutex
	var got []string
	take := func(_ context.Context, m []sdk.Message) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, texts(m)...)
		return choosy(m)
	}
	for name, e := range map[string]sdk.Closer{"single": &endpoint{send: take}, "ordered": &ordered{endpoint{send: take}}} {
		t.Run(name, func(t *testing.T) {
			got = nil
			_, session := start(t, e)
			session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true, Strict: true})
			session.Deliver(t, 1, 1, 1, bytesOf("1", "none", "3", "bad", "5", "bad", "7")...)
			l := session.Wait(t, "the failure", settled(1, 4)).Lanes[1]
			session.Deliver(t, 1, 1, 8, bytesOf("8")...)
			session.OpenLane(t, 1, 2, core.LaneOptions{Acked: true, Strict: true})
			session.Deliver(t, 1, 2, 1, bytesOf("again")...)
			session.Wait(t, "the next epoch", settled(1, 1))
			last := l.Exceptions[len(l.Exceptions)-1]
			if l.UpTo != 4 || last.First != 4 || last.Count != 1 || len(l.Exceptions) != 2 {
				t.Errorf("settled up to %d with %+v", l.UpTo, l.Exceptions)
			}
			mu.Lock()
			defer mu.Unlock()
			if name == "single" && !slices.Equal(got, []string{"1", "none", "3", "bad", "again"}) {
				t.Errorf("sent %v", got)
			}
		})
	}
}

func TestPanickingMessageIsFoundAndFailsAlone(t *testing.T) {
	_, session := start(t, &endpoint{send: func(_ context.Context, m []sdk.Message) error {
		if slices.Contains(texts(m), "boom") {
			panic("index out of range")
		}
		return nil
	}})
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	session.Deliver(t, 1, 1, 1, bytesOf("1", "boom", "3")...)
	l := session.Wait(t, "the panic", settled(1, 3)).Lanes[1]
	if x := l.Exceptions[0]; x.Count != 3 || x.Failure.Class != sdk.FailureRetryable || x.Failure.Scope != sdk.ScopeMessage ||
		x.Failure.Attempted != sdk.AttemptedUnknown {
		t.Errorf("together: %+v, %+v", x, x.Failure)
	}
	session.Deliver(t, 1, 1, 4, bytesOf("1", "boom", "3")...)
	l = session.Wait(t, "the culprit", settled(1, 6)).Lanes[1]
	if x := l.Exceptions[1]; len(l.Exceptions) != 2 || x.First != 5 || x.Count != 1 || x.Failure.Class != sdk.FailurePermanent {
		t.Errorf("singly: %+v", l.Exceptions)
	}
}

func TestOtherErrorsAreTheEndpointsFault(t *testing.T) {
	_, session := start(t, &endpoint{send: func(context.Context, []sdk.Message) error { return context.DeadlineExceeded }})
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	session.Deliver(t, 1, 1, 1, bytesOf("1", "2")...)
	x := session.Wait(t, "the failure", settled(1, 2)).Lanes[1].Exceptions[0]
	if x.Count != 2 || x.Failure.Class != sdk.FailureRetryable || x.Failure.Scope != sdk.ScopeEndpoint ||
		x.Failure.Attempted != sdk.AttemptedUnknown {
		t.Errorf("%+v, %+v", x, x.Failure)
	}
}

func TestNewEpochCancelsTheSendInProgress(t *testing.T) {
	entered := make(chan struct{}, 10)
	_, session := start(t, &endpoint{send: func(ctx context.Context, m []sdk.Message) error {
		entered <- struct{}{}
		if string(m[0].Payload) == "stuck" {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}})
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	session.Deliver(t, 1, 1, 1, bytesOf("stuck")...)
	<-entered
	session.Deliver(t, 1, 1, 2, bytesOf("void")...)
	session.OpenLane(t, 1, 2, core.LaneOptions{Acked: true})
	session.Deliver(t, 1, 2, 1, bytesOf("new")...)
	l := session.Wait(t, "the new epoch", settled(1, 1)).Lanes[1]
	if len(l.Exceptions) > 0 || len(entered) != 1 {
		t.Errorf("exceptions %+v, %d more sends", l.Exceptions, len(entered))
	}
}

func TestReceiptsAreGathered(t *testing.T) {
	_, session := start(t, &endpoint{})
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	const frames = 600
	for i := range uint64(frames) {
		session.Deliver(t, 1, 1, i+1, []byte("x"))
	}
	if n := session.Wait(t, "receipts", settled(1, frames)).Lanes[1].Receipts; n > frames/4 {
		t.Errorf("%d receipts for %d frames", n, frames)
	}
}

// perLane gives each lane its own sink.
type perLane struct {
	endpoint
	options chan core.LaneOptions
}

func (p *perLane) Lane(o sdk.LaneOptions) (sdk.Sink, error) {
	p.options <- o
	if o.Source == "nobody" {
		return nil, wrongKey
	}
	return &endpoint{}, nil
}

func TestLanerGivesEachLaneItsSink(t *testing.T) {
	e := &perLane{options: make(chan core.LaneOptions, 10)}
	_, session := start(t, e)
	wanted := core.LaneOptions{Source: "orders", NoEcho: true, Waits: true}
	session.OpenLane(t, 1, 1, wanted)
	session.Deliver(t, 1, 1, 1, bytesOf("1")...)
	if got := <-e.options; got != wanted {
		t.Errorf("lane opened with %+v", got)
	}
	session.Wait(t, "the receipt", settled(1, 1))
	session.OpenLane(t, 2, 1, core.LaneOptions{Source: "nobody"})
	session.Deliver(t, 2, 1, 1, bytesOf("1")...)
	if x := session.Wait(t, "the refusal", settled(2, 1)).Lanes[2].Exceptions; len(x) != 1 || *x[0].Failure != *wrongKey {
		t.Errorf("exceptions %+v", x)
	}
}

// portioned is a sink that takes 3 messages or 10 bytes at once.
type portioned struct{ endpoint }

func (*portioned) Portion() (messages, bytes int) { return 3, 10 }

func TestPortionsBoundOneSend(t *testing.T) {
	entered, goOn := make(chan []int, 10), make(chan struct{})
	e := &portioned{endpoint{send: func(_ context.Context, m []sdk.Message) error {
		var sizes []int
		for i := range m {
			sizes = append(sizes, len(m[i].Payload))
		}
		entered <- sizes
		<-goOn
		return nil
	}}}
	_, session := start(t, e)
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	session.Deliver(t, 1, 1, 1, bytesOf("1", "1", "1", "1", "999999999", "11", "222222222222", "1")...)
	upTo := 0
	for _, want := range [][]int{{1, 1, 1}, {1, 9}, {2}, {12}, {1}} {
		if got := <-entered; !slices.Equal(got, want) {
			t.Errorf("a Send of messages with %v bytes, want %v", got, want)
		}
		session.Wait(t, "the receipt of the portions before", settled(1, uint64(upTo)))
		upTo += len(want)
		goOn <- struct{}{}
	}
}

func TestHeartbeats(t *testing.T) {
	t.Parallel()
	_, session := start(t, &endpoint{})
	session.Wait(t, "a heartbeat", func(seen *sdktest.Seen) bool { return seen.Beats > 0 })
}

// The contract of Closer: what is being sent is told to end before Close is called, also where the hub only switches the
// endpoint off and its lanes stand.
func TestASendIsToldToEndBeforeItsEndpointIsSwitchedOff(t *testing.T) {
	begun, closed := make(chan struct{}), make(chan error, 1)
	var sending context.Context
	h, session := start(t, &endpoint{
		send: func(ctx context.Context, _ []sdk.Message) error {
			sending = ctx
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		},
		close: func() error {
			closed <- sending.Err()
			return nil
		},
	})
	session.OpenLane(t, 1, 1, sdk.LaneOptions{})
	session.Deliver(t, 1, 1, 1, []byte("x"))
	<-begun
	if err := h.SetEnabled("one", false); err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err == nil {
		t.Error("Close was called, and Send was not told to end")
	}
	session.Wait(t, "the receipt", func(seen *sdktest.Seen) bool { return len(seen.Lanes[1].Exceptions) == 1 })
}
