package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// speak opens an endpoint to publish with.
func speak(t testing.TB, c config) *subject {
	t.Helper()
	return open(t, c, sdk.Instance{Outbound: true})
}

// parity: A15
func TestPublishedMessagesArriveInOrder(t *testing.T) {
	server := startServer(t)
	r := listen(t, config{URL: server.url(), Channel: "orders"})
	r.expect(t, core.EventConnected)
	w := speak(t, config{URL: server.url(), Channel: "orders"})
	w.expect(t, core.EventConnected)
	const n = 10_000
	messages := numbered(n)
	for first := 0; first < n; first += 1000 {
		if err := w.Send(context.Background(), messages[first:first+1000]); err != nil {
			t.Fatal(err)
		}
	}
	inOrder(t, r.next(t, n))
	if published, unheard := w.figure(t, "published"), w.figure(t, "unheard"); published != n || unheard != 0 {
		t.Errorf("published %d, unheard %d", published, unheard)
	}
}

func TestLanesPublishAtTheSameTime(t *testing.T) {
	server := startServer(t)
	r := listen(t, config{URL: server.url(), Channel: "orders"})
	r.expect(t, core.EventConnected)
	w := speak(t, config{URL: server.url(), Channel: "orders"})
	const lanes, each = 8, 500
	var all sync.WaitGroup
	for lane := range lanes {
		all.Go(func() {
			for i := range each {
				m := sdk.Message{Payload: fmt.Appendf(nil, "%d %d", lane, i)}
				if err := w.Send(context.Background(), []sdk.Message{m}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var seen [lanes]int
	for _, m := range r.next(t, lanes*each) {
		var lane, i int
		if _, err := fmt.Sscan(string(m.Payload), &lane, &i); err != nil || seen[lane] != i {
			t.Fatalf("%q (%v), want number %d of its lane", m.Payload, err, seen[lane])
		}
		seen[lane]++
	}
}

func TestOneMessageGoesToAllChannels(t *testing.T) {
	server := startServer(t)
	r := listen(t, config{URL: server.url(), Channels: []string{"a", "b"}})
	r.expect(t, core.EventConnected)
	w := speak(t, config{URL: server.url(), Channels: []string{"a", "b"}})
	if err := w.Send(context.Background(), numbered(2)); err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, m := range r.next(t, 4) {
		have = append(have, string(m.Payload)+" on "+m.Attribute("channel"))
	}
	if got := strings.Join(have, ", "); got != "message 0 on a, message 0 on b, message 1 on a, message 1 on b" {
		t.Error(got)
	}
}

func TestMessagesThatNobodyHearsAreConfirmedAndCounted(t *testing.T) {
	server := startServer(t)
	w := speak(t, config{URL: server.url(), Channel: "void"})
	if err := w.Send(context.Background(), numbered(3)); err != nil {
		t.Fatal(err)
	}
	if n := w.figure(t, "unheard"); n != 3 {
		t.Errorf("figure unheard is %d, want 3", n)
	}
}

func TestUnreachableRedisFailsTheEndpointNotTheMessage(t *testing.T) {
	server := startServer(t)
	server.kill()
	w := speak(t, config{URL: server.url(), Channel: "orders"})
	w.expect(t, core.EventDegraded)
	for range 3 {
		f := failed(t, w.Send(context.Background(), numbered(2)))
		if f.Class != core.FailureRetryable || f.Scope != core.ScopeEndpoint || f.Attempted != core.AttemptedNo {
			t.Errorf("failure %+v", f)
		}
	}
	server.start()
	w.expect(t, core.EventRecovered)
	if err := w.Send(context.Background(), numbered(2)); err != nil {
		t.Error(err)
	}
	if w.warnings() != 1 {
		t.Errorf("log: %s", w.log.text())
	}
}

// fault: F5
func TestRestartOfRedisBetweenBatchesLosesNothing(t *testing.T) {
	server := startServer(t)
	w := speak(t, config{URL: server.url(), Channel: "orders"})
	for range 3 {
		if err := w.Send(context.Background(), numbered(1)); err != nil {
			t.Fatalf("a connection that ended while idle was written to: %v", err)
		}
		server.kill()
		server.start()
	}
}

// fault: F6
func TestPublishingIntoABlackHoleEnds(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	w := speak(t, config{URL: server.url(), Channel: "orders"})
	w.expect(t, core.EventConnected)
	if err := w.Send(context.Background(), numbered(1)); err != nil {
		t.Fatal(err)
	}
	server.signal(syscall.SIGSTOP)
	defer server.signal(syscall.SIGCONT)
	t.Run("after a while", func(t *testing.T) {
		start := time.Now()
		f := failed(t, w.Send(context.Background(), numbered(2)))
		if f.Scope != core.ScopeEndpoint || f.Class != core.FailureRetryable {
			t.Errorf("failure %+v", f)
		}
		if took := time.Since(start); took > 2*answerTimeout {
			t.Errorf("took %v", took)
		}
	})
	t.Run("with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		if err := w.Send(ctx, numbered(2)); err == nil {
			t.Error("confirmed")
		}
		if took := time.Since(start); took > answerTimeout/2 {
			t.Errorf("took %v", took)
		}
	})
	w.expect(t, core.EventDegraded)
}

// A server that answers the first of three PUBLISH commands and then hangs up.
func TestBreakWhileRedisAnswersIsOfUnknownFate(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		lines := bufio.NewScanner(conn)
		for published := 0; published < 3 && lines.Scan(); {
			switch strings.ToLower(lines.Text()) {
			case "hello":
				fmt.Fprint(conn, "-ERR unknown command\r\n")
			case "ping":
				fmt.Fprint(conn, "+PONG\r\n")
			case "publish":
				published++
			}
		}
		for range 2 { // channel and payload of the last, so that nothing unread turns the end into a reset
			lines.Scan()
			lines.Scan()
		}
		fmt.Fprint(conn, ":1\r\n")
	}()
	w := open(t, config{Port: l.Addr().(*net.TCPAddr).Port, Channel: "orders"}, sdk.Instance{})
	var partly *sdk.SendError
	if err := w.Send(context.Background(), numbered(3)); !errors.As(err, &partly) || len(partly.Exceptions) != 1 {
		t.Fatalf("Send ended with %v", err)
	}
	x := partly.Exceptions[0]
	if x.Index != 1 || x.Count != 2 || x.Failure.Attempted != core.AttemptedUnknown || x.Failure.Scope != core.ScopeEndpoint {
		t.Errorf("exception %+v of %+v, want messages 1 and 2 of unknown fate", x, x.Failure)
	}
}

// fault: B12
func TestAnswersOfRedisAreToldApart(t *testing.T) {
	server := startServer(t, "--rename-command", "PUBLISH", "SECRETPUBLISH")
	plain := startServer(t)
	err := plain.client().Do(context.Background(), "acl", "setuser", "writer", "on", ">right", "+@all", "resetchannels", "&a").Err()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config    config
		class     core.FailureClass
		scope     core.FailureScope
		attempted core.Attempted
		detail    string
	}{
		"unknown command": {config{URL: server.url(), Channel: "a"},
			core.FailureRetryable, core.ScopeEndpoint, core.AttemptedNo, "unknown command"},
		"forbidden channel": {config{URL: plain.url(), Username: "writer", Password: "right", Channel: "b"},
			core.FailureRetryable, core.ScopeEndpoint, core.AttemptedNo, "NOPERM"},
		"one of two channels forbidden": {config{URL: plain.url(), Username: "writer", Password: "right", Channels: []string{"a", "b"}},
			core.FailureRetryable, core.ScopeEndpoint, core.AttemptedYes, "NOPERM"},
		"wrong password": {config{URL: plain.url(), Username: "writer", Password: "hunter2", Channel: "a"},
			core.FailureRetryable, core.ScopeEndpoint, core.AttemptedNo, "WRONGPASS"},
	} {
		t.Run(name, func(t *testing.T) {
			w := speak(t, c.config)
			f := failed(t, w.Send(context.Background(), []sdk.Message{{Payload: []byte("payload")}, {Payload: []byte("payload")}}))
			if f.Class != c.class || f.Scope != c.scope || f.Attempted != c.attempted || !strings.Contains(f.Detail, c.detail) {
				t.Errorf("failure %+v", f)
			}
			if strings.Contains(f.Detail, "payload") || strings.Contains(f.Detail, "hunter2") {
				t.Errorf("detail %q", f.Detail)
			}
		})
	}
}

func TestSendToAClosedEndpointFails(t *testing.T) {
	server := startServer(t)
	w := speak(t, config{URL: server.url(), Channel: "a"})
	w.sink.close()
	f := failed(t, w.Send(context.Background(), numbered(1)))
	if f.Attempted != core.AttemptedNo {
		t.Errorf("failure %+v", f)
	}
}

// failed returns the one failure that a Send ended with: of all messages, or of its last one's run.
func failed(t *testing.T, err error) *sdk.Failure {
	t.Helper()
	var f *sdk.Failure
	var partly *sdk.SendError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &partly) && len(partly.Exceptions) == 1:
		return partly.Exceptions[0].Failure
	}
	t.Fatalf("Send ended with %v", err)
	return nil
}
