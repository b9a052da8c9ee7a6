package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	hub "github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// While the hub takes nothing, the server is not read and in the end can't write; nothing is lost.
func TestAHubWithoutCreditHoldsTheServerBack(t *testing.T) {
	const n, size = 300, 100 << 10
	gate, handed := make(chan struct{}), make(chan int, 1000)
	s := newServer(t)
	start(t, s, func(o *options) {
		o.config.PingInterval, o.timing.pong = 50*time.Millisecond, 450*time.Millisecond
		o.emit = func(ctx context.Context, messages []sdk.Message, _ ...string) error {
			select {
			case <-gate:
			case <-ctx.Done():
				return ctx.Err()
			}
			handed <- len(messages)
			return nil
		}
	})
	c := s.next()
	c.CloseRead(context.Background()) // which answers pings
	written := make(chan struct{}, n)
	go func() {
		for i := range n {
			if c.Write(context.Background(), websocket.MessageText, fmt.Appendf(nil, "%0*d", size, i)) != nil {
				return
			}
			written <- struct{}{}
		}
	}()
	ctx := within(t)
	quiet := time.NewTimer(700 * time.Millisecond) // longer than the silence that a hub without credit must not count
	for stuck := false; !stuck; {
		select {
		case <-written:
			quiet.Reset(700 * time.Millisecond)
		case <-quiet.C:
			stuck = true
		case <-ctx.Done():
			t.Fatal("the server is not held back")
		}
	}
	close(gate)
	for got := 0; got < n; {
		select {
		case more := <-handed:
			got += more
		case <-ctx.Done():
			t.Fatalf("%d of %d came", got, n)
		}
	}
}

// A server that takes nothing is left after the stall; what it did not take was not attempted, what it took is
// confirmed, and nothing is both or neither.
func TestWhatAServerDidNotTakeIsNotAttempted(t *testing.T) {
	if usual.stall > hub.DefaultTimeout*3/4 {
		t.Errorf("the stall is %v, the hub's timeout %v", usual.stall, hub.DefaultTimeout)
	}
	s := newServer(t)
	o := start(t, s, func(o *options) { o.timing.stall, o.timing.grace = 300*time.Millisecond, 100*time.Millisecond })
	c := s.next()
	o.event(core.EventConnected)
	const n = 400
	messages := make([]sdk.Message, n)
	for i := range messages {
		messages[i].Payload = fmt.Appendf(nil, "%0*d", 100<<10, i)
	}
	err := o.Send(within(t), messages)
	var named *sdk.SendError
	if !errors.As(err, &named) {
		t.Fatalf("sending: %v", err)
	}
	first := named.Exceptions[0].Index
	for i, x := range named.Exceptions {
		if x.Index != first+i || x.Count != 1 || x.Failure.Class != core.FailureRetryable || x.Failure.Scope != core.ScopeEndpoint ||
			x.Failure.Attempted != core.AttemptedNo || !strings.HasSuffix(x.Failure.Detail, "the server takes nothing") {
			t.Fatalf("exception %d: %+v, %+v", i, x, x.Failure)
		}
	}
	if first+len(named.Exceptions) != n || first == 0 {
		t.Errorf("%d messages, failed are %d from %d on", n, len(named.Exceptions), first)
	}
	for got := 0; ; got++ {
		_, data, err := c.Read(within(t))
		if err != nil {
			if got != first {
				t.Errorf("%d messages came whole, %d are confirmed", got, first)
			}
			break
		}
		if want := fmt.Sprintf("%0*d", 100<<10, got); string(data) != want {
			t.Fatalf("message %d is %.20q", got, data)
		}
	}
}

// Lanes share the connection without mixing their frames, and each keeps its order.
func TestLanesShareTheConnection(t *testing.T) {
	s := newServer(t)
	o := start(t, s, func(o *options) { o.config.PingInterval, o.timing.pong = time.Millisecond, patience })
	c := s.next()
	o.event(core.EventConnected)
	const lanes, each = 4, 500
	var all sync.WaitGroup
	for l := range lanes {
		all.Go(func() {
			for i := range each {
				if err := o.Send(within(t), texts(fmt.Sprintf("%d %d", l, i), strings.Repeat("x", i*10))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	next := [lanes]int{}
	for range 2 * lanes * each {
		_, text := read(t, c)
		if strings.HasPrefix(text, "x") || text == "" {
			continue
		}
		var l, i int
		if _, err := fmt.Sscanf(text, "%d %d", &l, &i); err != nil || next[l] != i {
			t.Fatalf("got %q, lane %d is at %d", text, l, next[l])
		}
		next[l]++
	}
	all.Wait()
}

func TestSendGivesUpWithItsContext(t *testing.T) {
	s := newServer(t)
	o := start(t, s, func(o *options) { o.timing.stall, o.timing.grace = patience, 50*time.Millisecond })
	s.next()
	o.event(core.EventConnected)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	big := make([]sdk.Message, 300)
	for i := range big {
		big[i].Payload = make([]byte, 100<<10)
	}
	if err := o.Send(ctx, big); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// After a drain everything that was read is with the hub, and the connection still sends.
func TestDrainInboundKeepsTheConnection(t *testing.T) {
	s := newServer(t)
	o := start(t, s)
	c := s.next()
	write(t, c, websocket.MessageText, "before")
	if m := o.next(); string(m.Payload) != "before" {
		t.Errorf("got %q", m.Payload)
	}
	if err := o.Drain(within(t), core.DirectionInbound); err != nil {
		t.Fatal(err)
	}
	write(t, c, websocket.MessageText, "after")
	o.sends("still there")
	if _, text := read(t, c); text != "still there" {
		t.Errorf("the server got %q", text)
	}
	go func() { _, _, _ = c.Read(context.Background()) }() // answers the close frame
	o.end(sdk.CloseShutdown)
	if len(o.received) > 0 {
		t.Errorf("%q came after the drain", o.next().Payload)
	}
}

// What no route reads is discarded, so that the server is not held back.
func TestWithoutARouteMessagesAreDiscarded(t *testing.T) {
	s := newServer(t)
	o := start(t, s, func(o *options) { o.in.Inbound = false })
	c := s.next()
	for range 1000 {
		write(t, c, websocket.MessageText, strings.Repeat("x", 10_000))
	}
	eventually(t, "all are discarded", func() bool { return o.figure("discarded") == 1000 })
}

// A connection that ends while the hub has no credit is replaced at once, and the order stays.
func TestAnEndIsNoticedWhileTheHubHasNoCredit(t *testing.T) {
	gate, got := make(chan struct{}), make(chan string, 100)
	s := newServer(t)
	o := start(t, s, func(o *options) {
		o.emit = func(_ context.Context, messages []sdk.Message, _ ...string) error {
			<-gate
			for _, m := range messages {
				got <- string(m.Payload)
			}
			return nil
		}
	})
	c := s.next()
	o.event(core.EventConnected)
	write(t, c, websocket.MessageText, "first")
	eventually(t, "the reader is held", func() bool { return len(o.intake.turn) == 1 })
	s.kill()
	s.start()
	eventually(t, "the loss is noticed by sending", func() bool {
		_ = o.Send(within(t), texts("probe"))
		return len(s.conns) > 0
	})
	write(t, s.next(), websocket.MessageText, "second")
	close(gate)
	for _, want := range []string{"first", "second"} {
		select {
		case text := <-got:
			if text != want {
				t.Errorf("got %q, want %q", text, want)
			}
		case <-time.After(patience):
			t.Fatalf("%q did not come", want)
		}
	}
}
