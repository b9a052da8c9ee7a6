package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// run receives until stop is called, which waits for the end.
func (f *flow) run(t testing.TB, emit sdk.Emit) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() { returned <- f.Receive(ctx, emit) }()
	return func() {
		t.Helper()
		cancel()
		select {
		case <-returned:
		case <-time.After(patience):
			t.Fatal("Receive does not return")
		}
	}
}

func TestWhatIsNotSettledComesAgainAfterARestart(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	add(t, foreign, "orders", names(0, 100)...)
	before := openFlow(t, ofStreamAt(server, "orders"), sdk.Instance{Inbound: true})
	stop := before.run(t, before.emit)
	first := before.next(t, 100)
	if err := before.Settle(context.Background(), before.nextTokens(t, 100)[:40], nil); err != nil {
		t.Fatal(err)
	}
	stop()
	add(t, foreign, "orders", names(100, 10)...)
	after := consume(t, ofStreamAt(server, "orders"))
	got := after.next(t, 70)
	for i, m := range got {
		if want := fmt.Sprintf("message %d", 40+i); string(m.Payload) != want {
			t.Fatalf("message %d is %s, want %s: what is pending first, then what is new", i, m.Payload, want)
		}
		if i < 60 && m.ID != first[40+i].ID {
			t.Errorf("%s has the id %v, had %v", m.Payload, m.ID, first[40+i].ID)
		}
	}
	if again := after.figure(t, "again"); again != 60 {
		t.Errorf("figure again is %d, want 60", again)
	}
}

// fault: F5
func TestRestartOfRedisBringsWhatIsHeldNotAgain(t *testing.T) {
	server := startServer(t, "--appendonly", "yes", "--appendfsync", "always", "--dir", t.TempDir())
	f := consume(t, ofStreamAt(server, "orders"))
	f.expect(t, core.EventConnected)
	for round := range 2 {
		add(t, server.client(), "orders", names(round*10, 10)...)
		if got := f.next(t, 10); string(got[0].Payload) != fmt.Sprintf("message %d", round*10) {
			t.Fatalf("round %d began with %s", round, got[0].Payload)
		}
		server.kill()
		f.expect(t, core.EventDegraded)
		refused(t, server.port, 5)
		server.start()
		f.expect(t, core.EventRecovered)
	}
	add(t, server.client(), "orders", "last")
	if got := f.next(t, 1); string(got[0].Payload) != "last" {
		t.Errorf("%s came again though it is held", got[0].Payload)
	}
	f.settleNext(t, 21)
	pending(t, server.client(), "orders", "hub", 0)
	if f.warnings() != 2 {
		t.Errorf("%d warnings\n%s", f.warnings(), f.log.text())
	}
}

func TestReceiptsWaitForRedis(t *testing.T) {
	server := startServer(t, "--appendonly", "yes", "--appendfsync", "always", "--dir", t.TempDir())
	f := consume(t, ofStreamAt(server, "orders"))
	add(t, server.client(), "orders", names(0, 10)...)
	tokens := f.nextTokens(t, 10)
	server.kill()
	settled := make(chan error, 1)
	go func() { settled <- f.Settle(context.Background(), tokens, nil) }()
	refused(t, server.port, 5)
	server.start()
	if err := <-settled; err != nil {
		t.Fatal(err)
	}
	pending(t, server.client(), "orders", "hub", 0)
}

// fault: F6
func TestReaderNoticesABlackHole(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	f := consume(t, ofStreamAt(server, "orders"))
	f.expect(t, core.EventConnected)
	began := time.Now()
	server.signal(syscall.SIGSTOP)
	e := f.expect(t, core.EventDegraded)
	server.signal(syscall.SIGCONT)
	if took := time.Since(began); took > 30*time.Second || !strings.Contains(e.Cause, "timeout") {
		t.Errorf("after %v: %s", took, e.Cause)
	}
	f.expect(t, core.EventRecovered)
	add(t, server.client(), "orders", "message 0")
	inOrder(t, f.next(t, 1))
}

func TestWhatIsReturnedIsReadAgain(t *testing.T) {
	server := startServer(t)
	f := consume(t, ofStreamAt(server, "orders"))
	add(t, server.client(), "orders", names(0, 10)...)
	f.next(t, 10)
	tokens := f.nextTokens(t, 10)
	if err := f.Settle(context.Background(), tokens[:5], tokens[8:]); err != nil {
		t.Fatal(err)
	}
	got := f.next(t, 2)
	if string(got[0].Payload) != "message 8" || string(got[1].Payload) != "message 9" {
		t.Errorf("got %s and %s", got[0].Payload, got[1].Payload)
	}
}

func TestConsumersOfAGroupShareItsEntries(t *testing.T) {
	server := startServer(t)
	c := ofStreamAt(server, "orders")
	var flows []*flow
	for _, hub := range []string{"one", "two"} {
		f := openFlow(t, c, sdk.Instance{Inbound: true, Setting: sdk.Setting{Hub: hub}})
		f.receive(t, f.emit)
		f.expect(t, core.EventConnected)
		flows = append(flows, f)
	}
	foreign := server.client()
	for i := range 100 {
		add(t, foreign, "orders", fmt.Sprint(i))
	}
	seen := map[string]bool{}
	for len(seen) < 100 {
		var batch []sdk.Message
		select {
		case batch = <-flows[0].batches:
		case batch = <-flows[1].batches:
		case <-time.After(patience):
			t.Fatalf("%d of 100 came", len(seen))
		}
		for _, m := range batch {
			if seen[string(m.Payload)] {
				t.Errorf("%s came twice", m.Payload)
			}
			seen[string(m.Payload)] = true
		}
	}
	consumers, err := foreign.XInfoConsumers(context.Background(), "orders", "hub").Result()
	if err != nil || len(consumers) != 2 || consumers[0].Name != "araldo-one-subject" || consumers[1].Name != "araldo-two-subject" {
		t.Errorf("consumers %+v, %v", consumers, err)
	}
}

func TestEntriesOfADeadConsumerAreTakenOver(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	ctx := context.Background()
	add(t, foreign, "orders", names(0, 3)...)
	if err := foreign.XGroupCreate(ctx, "orders", "hub", "0").Err(); err != nil {
		t.Fatal(err)
	}
	read := &redis.XReadGroupArgs{Group: "hub", Consumer: "dead", Streams: []string{"orders", ">"}, Count: 3}
	if err := foreign.XReadGroup(ctx, read).Err(); err != nil {
		t.Fatal(err)
	}
	c := ofStreamAt(server, "orders")
	c.ClaimIdle = time.Second
	f := consume(t, c)
	inOrder(t, f.next(t, 3))
	f.settleNext(t, 3)
	pending(t, foreign, "orders", "hub", 0)
	if n := f.figure(t, "claimed"); n != 3 {
		t.Errorf("figure claimed is %d", n)
	}
}

func TestASlowConsumerIsNotRobbed(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	foreign := server.client()
	c := ofStreamAt(server, "orders")
	c.ClaimIdle = time.Second
	c.Consumer = "slow"
	slow := consume(t, c)
	add(t, foreign, "orders", names(0, 2000)...)
	slow.next(t, 2000)
	c.Consumer = "other"
	other := consume(t, c)
	other.expect(t, core.EventConnected)
	select {
	case batch := <-other.batches:
		t.Errorf("%d entries that a living consumer holds were claimed", len(batch))
	case <-time.After(4 * c.ClaimIdle):
	}
	slow.settleNext(t, 2000)
	pending(t, foreign, "orders", "hub", 0)
}

// fault: B12
func TestLostGroupIsMadeAgainAsTheOptionSays(t *testing.T) {
	for option, want := range map[string]string{"beginning": "between", "new": "after"} {
		t.Run(option, func(t *testing.T) {
			server := startServer(t)
			foreign := server.client()
			c := ofStreamAt(server, "orders")
			c.OnLostGroup = option
			f := openFlow(t, c, sdk.Instance{Inbound: true})
			entered, released := make(chan struct{}), make(chan struct{})
			f.receive(t, func(ctx context.Context, messages []sdk.Message, tokens ...string) error {
				if string(messages[0].Payload) == "before" {
					close(entered)
					<-released
				}
				return f.emit(ctx, messages, tokens...)
			})
			// An old id: after the flush Redis could give the same one again within a millisecond.
			old := redis.XAddArgs{Stream: "orders", ID: "1-1", Values: []any{"body", "before"}}
			if err := foreign.XAdd(context.Background(), &old).Err(); err != nil {
				t.Fatal(err)
			}
			<-entered
			if err := foreign.FlushAll(context.Background()).Err(); err != nil {
				t.Fatal(err)
			}
			add(t, foreign, "orders", "between")
			close(released)
			f.expect(t, core.EventConnected)
			f.expect(t, core.EventGap)
			add(t, foreign, "orders", "after")
			got := f.next(t, 2)
			if string(got[0].Payload) != "before" || string(got[1].Payload) != want {
				t.Errorf("got %s and %s, want %s last", got[0].Payload, got[1].Payload, want)
			}
			f.settleNext(t, 2)
		})
	}
}

// fault: B12
func TestLostGroupIsWaitedFor(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	c := ofStreamAt(server, "orders")
	c.OnLostGroup = waitForGroup
	f := consume(t, c)
	f.expect(t, core.EventConnected)
	if err := foreign.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	f.expect(t, core.EventDegraded)
	add(t, foreign, "orders", "message 0")
	if err := foreign.XGroupCreate(context.Background(), "orders", "hub", "0").Err(); err != nil {
		t.Fatal(err)
	}
	f.expect(t, core.EventRecovered)
	inOrder(t, f.next(t, 1))
}

// fault: B12
func TestPoisonIsCountedAndHandedOnAsSuch(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	ctx := context.Background()
	in := sdk.Instance{Inbound: true}
	in.MaxMessage = 1000
	f := openFlow(t, ofStreamAt(server, "orders"), in)
	f.receive(t, f.emit)
	f.expect(t, core.EventConnected)
	large := strings.Repeat("x", 1001)
	for _, values := range [][]any{
		{"body", "message 0"}, {"other", "payload"}, {"body", large}, {"body", "x", "a", large}, {"body", "message 1"},
		{"body", large[:900], "a", large[:100]}, {"other", strings.Repeat("\n", 600)}, {"body", large[:900], "a", large[:99]},
	} {
		if err := foreign.XAdd(ctx, &redis.XAddArgs{Stream: "orders", Values: values}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range f.next(t, 8) {
		switch h := m.Header; {
		case h == nil || h.Fault == nil:
			got = append(got, string(m.Payload[:9]))
		case len(m.Payload) > 200 || !json.Valid(m.Payload) || h.ContentType != "application/json":
			t.Errorf("dead letter %s of %+v", m.Payload, h)
		default:
			got = append(got, h.Fault.Reason.String())
		}
	}
	if want := "[message 0 undecodable too-large too-large message 1 too-large undecodable xxxxxxxxx]"; fmt.Sprint(got) != want {
		t.Errorf("got %v", got)
	}
	pending(t, foreign, "orders", "hub", 8)
	f.settleNext(t, 8)
	pending(t, foreign, "orders", "hub", 0)
	if poison, oversized := f.figure(t, "poison"), f.figure(t, "oversized"); poison != 2 || oversized != 3 {
		t.Errorf("poison %d, oversized %d", poison, oversized)
	}
	if text := f.log.text(); !strings.Contains(text, "has no field body") || strings.Contains(text, "payload") {
		t.Errorf("log: %s", text)
	}
}

func TestDeletedEntriesAreAcknowledgedAndTold(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	ctx := context.Background()
	before := openFlow(t, ofStreamAt(server, "orders"), sdk.Instance{Inbound: true})
	stop := before.run(t, before.emit)
	add(t, foreign, "orders", names(0, 3)...)
	tokens := before.nextTokens(t, 3)
	stop()
	if err := foreign.XDel(ctx, "orders", tokens[1]).Err(); err != nil {
		t.Fatal(err)
	}
	after := consume(t, ofStreamAt(server, "orders"))
	got := after.next(t, 2)
	if string(got[0].Payload) != "message 0" || string(got[1].Payload) != "message 2" {
		t.Errorf("got %s and %s", got[0].Payload, got[1].Payload)
	}
	pending(t, foreign, "orders", "hub", 2)
	if n := after.figure(t, "deleted"); n != 1 {
		t.Errorf("figure deleted is %d", n)
	}
}

// fault: B12
func TestReaderSaysWhatIsWrong(t *testing.T) {
	server := startServer(t)
	locked := startServer(t, "--requirepass", "right")
	if err := server.client().Set(context.Background(), "text", "no stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	secured := ofStreamAt(server, "orders")
	secured.URL = strings.Replace(secured.URL, "redis:", "rediss:", 1)
	wrongly := ofStreamAt(locked, "orders")
	wrongly.Password = "hunter2"
	for name, c := range map[string]struct {
		config config
		says   string
	}{
		"WRONGTYPE":           {ofStreamAt(server, "text"), "WRONGTYPE"},
		"wrong password":      {wrongly, "WRONGPASS"},
		"no password":         {ofStreamAt(locked, "orders"), "NOAUTH"},
		"TLS to a plain port": {secured, "TLS handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			f := consume(t, c.config)
			if e := f.until(t, core.EventDegraded); !strings.Contains(e.Cause, c.says) || strings.Contains(e.Cause, "hunter2") {
				t.Errorf("cause %q", e.Cause)
			}
			f.saysWhetherItWasReached(t, c.says != "TLS handshake")
		})
	}
}

func TestHubThatTakesNothingHoldsTheReaderBack(t *testing.T) {
	server := startServer(t)
	f := openFlow(t, ofStreamAt(server, "orders"), sdk.Instance{Inbound: true})
	blocked, released := make(chan struct{}), make(chan struct{})
	f.receive(t, func(ctx context.Context, messages []sdk.Message, tokens ...string) error {
		select {
		case <-blocked:
		default:
			close(blocked)
			<-released
		}
		return f.emit(ctx, messages, tokens...)
	})
	const n = 5000
	add(t, server.client(), "orders", names(0, n)...)
	<-blocked
	if held := f.figure(t, "held"); held > mostPortion {
		t.Errorf("%d entries are held while the hub takes none", held)
	}
	close(released)
	inOrder(t, f.next(t, n))
}

// A Redis that comes back and refuses is not away any more, and people are told what it says now.
func TestANewKindOfTroubleIsTold(t *testing.T) {
	server := startServer(t)
	f := consume(t, ofStreamAt(server, "orders"))
	f.expect(t, core.EventConnected)
	server.kill()
	f.expect(t, core.EventDegraded)
	server.options = append(server.options, "--requirepass", "right")
	server.start()
	if e := f.expect(t, core.EventDegraded); !strings.Contains(e.Cause, "NOAUTH") {
		t.Errorf("cause %q", e.Cause)
	}
	if text := f.log.text(); !strings.Contains(text, "can't be reached") || !strings.Contains(text, "Redis refuses") {
		t.Errorf("log: %s", text)
	}
}
