package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// adding opens an endpoint to add with.
func adding(t testing.TB, c config) *flow {
	t.Helper()
	return openFlow(t, c, sdk.Instance{Outbound: true})
}

// fault: F5
func TestAddingToALostRedisFailsUntilItIsBack(t *testing.T) {
	server := startServer(t)
	f := adding(t, ofStreamAt(server, "orders"))
	f.expect(t, core.EventConnected)
	lane := f.lane(t, sdk.LaneOptions{Acked: true})
	if err := lane.Send(context.Background(), numbered(1)); err != nil {
		t.Fatal(err)
	}
	server.kill()
	for {
		failure := failed(t, lane.Send(context.Background(), numbered(3)))
		if failure.Class != core.FailureRetryable || failure.Scope != core.ScopeEndpoint {
			t.Fatalf("failure %+v", failure)
		}
		if failure.Attempted == core.AttemptedNo {
			break
		}
	}
	f.expect(t, core.EventDegraded)
	server.start()
	f.expect(t, core.EventRecovered)
	if err := lane.Send(context.Background(), numbered(3)); err != nil {
		t.Fatal(err)
	}
}

// fault: F6
func TestAddingIntoABlackHoleEnds(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	f := adding(t, ofStreamAt(server, "orders"))
	f.expect(t, core.EventConnected)
	lane := f.lane(t, sdk.LaneOptions{Acked: true})
	server.signal(syscall.SIGSTOP)
	defer server.signal(syscall.SIGCONT)
	began := time.Now()
	if failure := failed(t, lane.Send(context.Background(), numbered(2))); failure.Scope != core.ScopeEndpoint {
		t.Errorf("failure %+v", failure)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
	f.expect(t, core.EventDegraded)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	began = time.Now()
	if err := lane.Send(ctx, numbered(2)); err == nil || time.Since(began) > answerTimeout/2 {
		t.Errorf("%v after %v, though its context ended", err, time.Since(began))
	}
}

// fault: B12
func TestAddingSaysWhatIsWrong(t *testing.T) {
	ctx := context.Background()
	server := startServer(t, "--maxmemory-policy", "noeviction")
	locked := startServer(t, "--requirepass", "right")
	foreign := server.client()
	if err := foreign.Set(ctx, "text", "no stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	full := startServer(t, "--maxmemory", "1")
	following := startServer(t, "--replicaof", "127.0.0.1", strconv.Itoa(server.port))
	forbidden := startServer(t)
	if err := forbidden.client().Do(ctx, "acl", "setuser", "reader", "on", ">right", "+ping", "allkeys").Err(); err != nil {
		t.Fatal(err)
	}
	reading := ofStreamAt(forbidden, "orders")
	reading.Username, reading.Password = "reader", "right"
	wrongly := ofStreamAt(locked, "orders")
	wrongly.Password = "hunter2"
	secured := ofStreamAt(server, "orders")
	secured.URL = strings.Replace(secured.URL, "redis:", "rediss:", 1)
	for name, c := range map[string]struct {
		config config
		says   string
	}{
		"WRONGTYPE":           {ofStreamAt(server, "text"), "WRONGTYPE"},
		"OOM":                 {ofStreamAt(full, "orders"), "OOM"},
		"READONLY":            {ofStreamAt(following, "orders"), "READONLY"},
		"NOPERM":              {reading, "NOPERM"},
		"wrong password":      {wrongly, "WRONGPASS"},
		"TLS to a plain port": {secured, "TLS handshake"},
	} {
		for mode, o := range map[string]sdk.LaneOptions{"acked": {Acked: true}, "strict": {Acked: true, Strict: true}} {
			t.Run(name+" "+mode, func(t *testing.T) {
				f := adding(t, c.config)
				failure := failed(t, f.lane(t, o).Send(ctx, numbered(2)))
				if failure.Class != core.FailureRetryable || failure.Scope != core.ScopeEndpoint ||
					failure.Attempted != core.AttemptedNo || !strings.Contains(failure.Detail, c.says) {
					t.Errorf("failure %+v", failure)
				}
				if strings.Contains(failure.Detail, "hunter2") || strings.Contains(failure.Detail, "message") {
					t.Errorf("detail %q", failure.Detail)
				}
				e := f.until(t, core.EventDegraded)
				if !strings.Contains(e.Cause, c.says) || strings.Count(e.Cause, "://") != 1 {
					t.Errorf("cause %q", e.Cause)
				}
				f.saysWhetherItWasReached(t, c.says != "TLS handshake")
			})
		}
	}
}

// saysWhetherItWasReached looks for what the log says of a Redis that answered with a refusal, or did not answer.
func (s *observed) saysWhetherItWasReached(t testing.TB, refused bool) {
	t.Helper()
	text := s.log.text()
	if strings.Contains(text, "Redis refuses") != refused || strings.Contains(text, "can't be reached") == refused {
		t.Errorf("log: %s", text)
	}
}

// until skips events up to one of a kind, and what says no more than that Redis has not answered yet.
func (s *observed) until(t testing.TB, kind core.EventKind) sdk.Event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-s.news:
			if e.Kind == kind && !strings.HasSuffix(e.Cause, ": connecting") {
				return e
			}
		case <-late:
			t.Fatalf("no event of kind %d", kind)
		}
	}
}

func TestRefusalIsOverWhenRedisTakesSomethingAgain(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	if err := foreign.Set(context.Background(), "orders", "no stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	f := adding(t, ofStreamAt(server, "orders"))
	lane := f.lane(t, sdk.LaneOptions{Acked: true})
	if err := lane.Send(context.Background(), numbered(1)); err == nil {
		t.Fatal("confirmed")
	}
	f.until(t, core.EventDegraded)
	if err := foreign.Del(context.Background(), "orders").Err(); err != nil {
		t.Fatal(err)
	}
	if err := lane.Send(context.Background(), numbered(1)); err != nil {
		t.Fatal(err)
	}
	f.until(t, core.EventRecovered)
}

// A Redis that begins to refuse in the middle of a batch: of a strict lane nothing is added behind what it refused.
func TestStrictOrderAddsNothingBehindARefusal(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	c := ofStreamAt(server, "orders")
	f := adding(t, c)
	f.expect(t, core.EventConnected)
	lane := f.lane(t, sdk.LaneOptions{Acked: true, Strict: true})
	if _, is := lane.(sdk.Ordered); !is {
		t.Fatal("the sink does not say that it stops")
	}
	// The last id that there can be: the first message still gets it, the second none.
	if err := foreign.Do(context.Background(), "xadd", "orders", "18446744073709551615-18446744073709551614", "a", "b").Err(); err != nil {
		t.Fatal(err)
	}
	var partly *sdk.SendError
	if err := lane.Send(context.Background(), numbered(3)); !errors.As(err, &partly) || len(partly.Exceptions) != 1 {
		t.Fatalf("Send ended with %v", err)
	}
	if x := partly.Exceptions[0]; x.Index != 1 || x.Count != 2 || x.Failure.Class != core.FailureRetryable || x.Failure.Scope != core.ScopeEndpoint {
		t.Errorf("exception %+v of %+v", x, x.Failure)
	}
	if n := foreign.XLen(context.Background(), "orders").Val(); n != 2 {
		t.Errorf("%d entries, want the one before and the first message", n)
	}
}

// A server that has no room for the second of three messages, and for the third again: with a transaction it takes none.
func TestStrictOrderAddsAllOrNothing(t *testing.T) {
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
		in := bufio.NewReader(conn)
		queued, added := false, 0
		for command := readCommand(in); command != nil; command = readCommand(in) {
			answer := "-ERR unknown command\r\n"
			switch command[0] {
			case "ping":
				answer = "+PONG\r\n"
			case "multi":
				queued, answer = true, "+OK\r\n"
			case "xadd":
				added++
				answer = "$3\r\n1-1\r\n"
				if queued {
					answer = "+QUEUED\r\n"
				}
				if added == 2 {
					answer = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
				}
			case "exec":
				answer = "-EXECABORT Transaction discarded because of previous errors.\r\n"
			}
			fmt.Fprint(conn, answer)
		}
	}()
	c := config{Port: l.Addr().(*net.TCPAddr).Port, streamConfig: streamConfig{Stream: "orders"}}
	f := openFlow(t, c, sdk.Instance{})
	failure := failed(t, f.lane(t, sdk.LaneOptions{Acked: true, Strict: true}).Send(context.Background(), numbered(3)))
	if !strings.Contains(failure.Detail, "OOM") || failure.Scope != core.ScopeEndpoint || failure.Attempted != core.AttemptedNo {
		t.Errorf("failure %+v", failure)
	}
	if n := f.figure(t, "added"); n != 0 {
		t.Errorf("%d messages were added", n)
	}
}

// A server that answers the first of three XADD commands and then hangs up.
func TestBreakWhileRedisTakesEntriesIsOfUnknownFate(t *testing.T) {
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
		in := bufio.NewReader(conn)
		for added := 0; added < 3; {
			switch command := readCommand(in); {
			case command == nil:
				return
			case command[0] == "xadd":
				added++
			case command[0] == "ping":
				fmt.Fprint(conn, "+PONG\r\n")
			default:
				fmt.Fprint(conn, "-ERR unknown command\r\n")
			}
		}
		fmt.Fprint(conn, "$3\r\n1-1\r\n")
	}()
	c := config{Port: l.Addr().(*net.TCPAddr).Port, streamConfig: streamConfig{Stream: "orders"}}
	f := openFlow(t, c, sdk.Instance{})
	var partly *sdk.SendError
	err = f.lane(t, sdk.LaneOptions{Acked: true}).Send(context.Background(), numbered(3))
	if !errors.As(err, &partly) || len(partly.Exceptions) != 1 {
		t.Fatalf("Send ended with %v", err)
	}
	x := partly.Exceptions[0]
	if x.Index != 1 || x.Count != 2 || x.Failure.Attempted != core.AttemptedUnknown || x.Failure.Scope != core.ScopeEndpoint {
		t.Errorf("exception %+v of %+v, want messages 1 and 2 of unknown fate", x, x.Failure)
	}
}

// readCommand reads one command, nil at the end.
func readCommand(in *bufio.Reader) []string {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil
	}
	n, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
	words := make([]string, n)
	for i := range words {
		line, _ = in.ReadString('\n')
		length, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
		text := make([]byte, length+2)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil
		}
		words[i] = strings.ToLower(string(text[:length]))
	}
	return words
}
