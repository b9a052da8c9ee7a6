package redis

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// parity: A15
func TestSubscriptionBringsAllInOrder(t *testing.T) {
	server := startServer(t)
	s := listen(t, config{URL: server.url(), Channel: "orders"})
	s.expect(t, core.EventConnected)
	const n = 10_000
	payloads := make([]string, n)
	for i := range payloads {
		payloads[i] = fmt.Sprintf("message %d", i)
	}
	publish(t, server.client(), "orders", payloads...)
	got := s.next(t, n)
	inOrder(t, got)
	if got[0].Header != got[n-1].Header || got[0].Attribute("channel") != "orders" {
		t.Errorf("headers %p %p, channel %q: want one, of channel orders", got[0].Header, got[n-1].Header, got[0].Attribute("channel"))
	}
	if received := s.figure(t, "received"); received != n {
		t.Errorf("figure received is %d, want %d", received, n)
	}
}

func TestBurstComesAsFewBatches(t *testing.T) {
	server := startServer(t)
	s := open(t, config{URL: server.url(), Channel: "orders"}, sdk.Instance{Inbound: true})
	first, released := make(chan struct{}), make(chan struct{})
	s.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		if string(messages[0].Payload) == "message 0" {
			close(first)
			<-released
		}
		s.batches <- messages
		return nil
	})
	s.expect(t, core.EventConnected)
	publisher := server.client()
	publish(t, publisher, "orders", "message 0")
	<-first
	const n = 1000
	payloads := make([]string, n)
	for i := range payloads {
		payloads[i] = fmt.Sprintf("message %d", i+1)
	}
	publish(t, publisher, "orders", payloads...)
	close(released)
	batches, got := 0, []sdk.Message{}
	for len(got) < n+1 {
		got = append(got, s.next(t, 1)...)
		batches++
	}
	inOrder(t, got)
	if batches > 20 {
		t.Errorf("%d messages that had arrived came in %d batches", n, batches)
	}
}

// parity: A15
func TestChannelsAndPatternsSayWhereAMessageCameFrom(t *testing.T) {
	server := startServer(t)
	several := listen(t, config{URL: server.url(), Channels: []string{"a", "b"}})
	several.expect(t, core.EventConnected)
	matching := listen(t, config{URL: server.url(), Pattern: "order.*"})
	matching.expect(t, core.EventConnected)
	publisher := server.client()
	publish(t, publisher, "b", "1")
	publish(t, publisher, "order.eu", "2")
	publish(t, publisher, "a", "3")
	got := append(several.next(t, 2), matching.next(t, 1)...)
	for i, want := range []string{"1 b ", "3 a ", "2 order.eu order.*"} {
		m := got[i]
		if have := fmt.Sprintf("%s %s %s", m.Payload, m.Attribute("channel"), m.Attribute("pattern")); have != want {
			t.Errorf("got %q, want %q", have, want)
		}
	}
}

func TestPayloadsPassUntouched(t *testing.T) {
	server := startServer(t)
	s := listen(t, config{URL: server.url(), Channel: "raw"})
	s.expect(t, core.EventConnected)
	payloads := []string{"", "\x00\xff\r\n$5\r\n", strings.Repeat("x", 1<<20-len("channelraw"))}
	publish(t, server.client(), "raw", payloads...)
	for i, m := range s.next(t, len(payloads)) {
		if string(m.Payload) != payloads[i] {
			t.Errorf("payload %d of %d bytes came as %d bytes", i, len(payloads[i]), len(m.Payload))
		}
	}
}

// fault: B13
func TestChannelNamesThatAreNoAttributesAreLeftOut(t *testing.T) {
	server := startServer(t)
	s := listen(t, config{URL: server.url(), Pattern: "*"})
	s.expect(t, core.EventConnected)
	publisher := server.client()
	names := []string{"bad\r\nname", "bad\x00", "bad\xff", strings.Repeat("x", 70_000)}
	for _, name := range names {
		publish(t, publisher, name, "payload")
	}
	publish(t, publisher, "../../etc", "payload")
	got := s.next(t, len(names)+1)
	for i, m := range got[:len(names)] {
		if have := m.Attribute("channel"); have != "" || string(m.Payload) != "payload" {
			t.Errorf("message %d came as %q with channel %.20q", i, m.Payload, have)
		}
	}
	if have := got[len(names)].Attribute("channel"); have != "../../etc" {
		t.Errorf("a path is only text, yet came as %q", have)
	}
	if n := s.figure(t, "unnameable"); n != int64(len(names)) {
		t.Errorf("figure unnameable is %d, want %d", n, len(names))
	}
}

// parity: A15
// fault: F5
func TestLostRedisIsOneWarningAndAGap(t *testing.T) {
	server := startServer(t)
	s := listen(t, config{URL: server.url(), Channel: "orders"})
	s.expect(t, core.EventConnected)
	for round := range 2 {
		server.kill()
		s.expect(t, core.EventDegraded)
		// Time for several attempts to fail, each of which could warn again.
		refused(t, server.port, 5)
		server.start()
		s.expect(t, core.EventRecovered)
		s.expect(t, core.EventGap)
		publish(t, server.client(), "orders", "message 0")
		inOrder(t, s.next(t, 1))
		if s.warnings() != round+1 || s.figure(t, "gaps") != int64(round+1) {
			t.Errorf("after %d losses: %d warnings, %d gaps\n%s", round+1, s.warnings(), s.figure(t, "gaps"), s.log.text())
		}
	}
}

func TestRedisThatIsNotThereYetIsNoFailure(t *testing.T) {
	server := startServer(t)
	server.kill()
	s := listen(t, config{URL: server.url(), Channel: "orders"})
	if e := s.expect(t, core.EventDegraded); !strings.Contains(e.Cause, "connection refused") {
		t.Errorf("cause %q", e.Cause)
	}
	server.start()
	s.expect(t, core.EventRecovered)
	publish(t, server.client(), "orders", "message 0")
	inOrder(t, s.next(t, 1))
	if gaps := s.figure(t, "gaps"); gaps != 0 {
		t.Errorf("%d gaps before the first subscription", gaps)
	}
}

// fault: F6
func TestBlackHoleIsNoticedBySilence(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	s := listen(t, config{URL: server.url(), Channel: "orders"})
	s.expect(t, core.EventConnected)
	server.signal(syscall.SIGSTOP)
	e := s.expect(t, core.EventDegraded)
	server.signal(syscall.SIGCONT)
	if !strings.Contains(e.Cause, "timeout") {
		t.Errorf("cause %q", e.Cause)
	}
	s.expect(t, core.EventRecovered)
	s.expect(t, core.EventGap)
}

func TestQuietChannelStaysSubscribed(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	s := listen(t, config{URL: server.url(), Channel: "orders"})
	s.expect(t, core.EventConnected)
	select {
	case e := <-s.news:
		t.Errorf("event %+v on a quiet channel", e)
	case <-time.After(2 * quick.silence):
	}
}

// fault: F7
func TestHubThatTakesNothingIsToldAsAGap(t *testing.T) {
	server := startServer(t, "--client-output-buffer-limit", "pubsub 256kb 0 0")
	s := open(t, config{URL: server.url(), Channel: "orders"}, sdk.Instance{Inbound: true})
	blocked, released := make(chan struct{}), make(chan struct{})
	s.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		select {
		case blocked <- struct{}{}:
		case <-released:
		}
		<-released
		s.batches <- messages
		return nil
	})
	s.expect(t, core.EventConnected)
	publisher := server.client()
	publish(t, publisher, "orders", "first")
	<-blocked
	// What Redis keeps for the reader ends at its limit: then it cuts the connection.
	flood := strings.Repeat("x", 64<<10)
	for publisher.PubSubNumSub(context.Background(), "orders").Val()["orders"] == 1 {
		publish(t, publisher, "orders", flood)
	}
	close(released)
	s.expect(t, core.EventDegraded)
	s.expect(t, core.EventRecovered)
	s.expect(t, core.EventGap)
	publish(t, publisher, "orders", "last")
	for string(s.next(t, 1)[0].Payload) != "last" {
	}
}

func TestWaitingForTheHubIsNotSilence(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	s := open(t, config{URL: server.url(), Channel: "orders"}, sdk.Instance{Inbound: true})
	released := make(chan struct{})
	s.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		<-released
		s.batches <- messages
		return nil
	})
	s.expect(t, core.EventConnected)
	publish(t, server.client(), "orders", "message 0", "message 1")
	select {
	case e := <-s.news:
		t.Errorf("event %+v while the hub takes nothing", e)
	case <-time.After(2 * quick.silence):
	}
	close(released)
	inOrder(t, s.next(t, 2))
}

func TestDrainBringsAllThatRedisHandedOver(t *testing.T) {
	for name, c := range map[string]config{
		"channels": {Channels: []string{"orders", "more"}},
		"pattern":  {Pattern: "order*"},
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t)
			c.URL = server.url()
			s := open(t, c, sdk.Instance{Inbound: true})
			blocked, released := make(chan struct{}, 1), make(chan struct{})
			s.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
				select {
				case blocked <- struct{}{}:
				default:
				}
				<-released
				s.batches <- messages
				return nil
			})
			s.expect(t, core.EventConnected)
			publisher := server.client()
			const n = 20_000
			payloads := make([]string, n)
			for i := range payloads {
				payloads[i] = fmt.Sprintf("message %d", i)
			}
			publish(t, publisher, "orders", payloads...)
			<-blocked
			drained := make(chan error, 1)
			go func() { drained <- s.Drain(context.Background(), core.DirectionInbound) }()
			subscribers(t, publisher, "orders", 0)
			close(released)
			if err := <-drained; err != nil {
				t.Fatal(err)
			}
			got := 0
			for len(s.batches) > 0 {
				batch := <-s.batches
				got += len(batch)
			}
			if got != n {
				t.Errorf("%d of %d messages are with the hub after the drain", got, n)
			}
			if len(s.news) > 0 {
				t.Errorf("event %+v", <-s.news)
			}
		})
	}
}

func TestDrainOfABrokenSubscriptionReturns(t *testing.T) {
	server := startServer(t)
	s := listen(t, config{URL: server.url(), Channel: "orders"})
	s.expect(t, core.EventConnected)
	server.signal(syscall.SIGSTOP)
	drained := make(chan error, 1)
	go func() { drained <- s.Drain(context.Background(), core.DirectionInbound) }()
	select {
	case err := <-drained:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("drain does not return")
	}
}

// fault: B12
func TestRefusedSubscriberIsDegradedWithTheCause(t *testing.T) {
	t.Parallel()
	server := startServer(t, "--requirepass", "right")
	plain := startServer(t)
	admin := plain.client()
	if err := admin.Do(context.Background(), "acl", "setuser", "reader", "on", ">right", "+@all", "resetchannels", "&other").Err(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config config
		cause  string
	}{
		"wrong password":      {config{URL: server.url(), Password: "hunter2", Channel: "a"}, "WRONGPASS"},
		"no password":         {config{URL: server.url(), Channel: "a"}, "NOAUTH"},
		"forbidden channel":   {config{URL: plain.url(), Username: "reader", Password: "right", Channel: "a"}, "NOPERM"},
		"TLS to a plain port": {config{URL: "rediss" + strings.TrimPrefix(plain.url(), "redis"), Channel: "a"}, "TLS"},
		"no such database":    {config{URL: plain.url() + "/99", Channel: "a"}, "DB index"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, c.config)
			if e := s.until(t, core.EventDegraded); !strings.Contains(e.Cause, c.cause) || strings.Contains(e.Cause, "hunter2") {
				t.Errorf("cause %q, want %q in it", e.Cause, c.cause)
			}
			if strings.Contains(s.log.text(), "hunter2") || s.warnings() != 1 {
				t.Errorf("log: %s", s.log.text())
			}
		})
	}
}

func TestUserWhoMayNotPingStaysSubscribed(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	err := server.client().Do(context.Background(), "acl", "setuser", "lean", "on", ">right", "+subscribe", "+publish", "allchannels").Err()
	if err != nil {
		t.Fatal(err)
	}
	s := listen(t, config{URL: server.url(), Username: "lean", Password: "right", Channel: "a"})
	s.expect(t, core.EventConnected)
	select {
	case e := <-s.news:
		t.Errorf("event %+v", e)
	case <-time.After(2 * quick.silence):
	}
	w := open(t, config{URL: server.url(), Username: "lean", Password: "right", Channel: "a"}, sdk.Instance{Outbound: true})
	w.expect(t, core.EventConnected)
	if err := w.Send(context.Background(), numbered(1)); err != nil {
		t.Fatal(err)
	}
	inOrder(t, s.next(t, 1))
}

// refused waits until that many connections to a port were refused.
func refused(t *testing.T, port, times int) {
	t.Helper()
	target := target{network: "tcp", address: address("", port)}
	pause := backoff{timing: quick}
	for range times {
		if conn, err := target.dial(context.Background()); err == nil {
			conn.Close()
			t.Fatal("somebody listens")
		}
		pause.wait(context.Background())
	}
}

// A Redis that is there costs no time and no word; one that does not answer is told of before anybody could believe that
// the endpoint is ready, and what comes of it later too.
func TestOpeningTellsOfARedisThatHasNotAnswered(t *testing.T) {
	server := startServer(t)
	both := sdk.Instance{Inbound: true, Outbound: true}
	for name, open := range map[string]func() *observed{
		"channel": func() *observed { return open(t, config{URL: server.url(), Channel: "a"}, both).observed },
		"stream":  func() *observed { return openFlow(t, ofStreamAt(server, "a"), both).observed },
	} {
		select {
		case e := <-open().news:
			if e.Kind == core.EventDegraded {
				t.Errorf("%s: %+v though Redis is there", name, e)
			}
		default:
		}
		server.signal(syscall.SIGSTOP)
		s := open()
		select {
		case e := <-s.news:
			if e.Kind != core.EventDegraded || !strings.HasSuffix(e.Cause, ": connecting") || s.warnings() > 0 {
				t.Errorf("%s: %+v, log %s", name, e, s.log.text())
			}
		default:
			t.Errorf("%s: nothing was told of a Redis that does not answer", name)
		}
		server.signal(syscall.SIGCONT)
		s.receive(t, func(context.Context, []sdk.Message, ...string) error { return nil })
		s.until(t, core.EventRecovered)
	}
}
