package faultproxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait; moment is how long something is watched that must not happen.
const (
	patience = 10 * time.Second
	moment   = 50 * time.Millisecond
)

// echo is a server that sends back what it gets, and what it has received is kept.
type echo struct {
	net.Listener
	mu       sync.Mutex
	received []byte
}

func startEcho(t *testing.T) *echo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{Listener: l}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { defer conn.Close(); _, _ = io.Copy(io.MultiWriter(e, conn), conn) })
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return e
}

func (e *echo) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.received = append(e.received, p...)
	return len(p), nil
}

func (e *echo) text() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return string(e.received)
}

func listen(t *testing.T, server string) *Proxy {
	t.Helper()
	p, err := Listen(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func dial(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v, want %q", got, err, want)
	}
}

// silent watches that nothing comes for a moment.
func silent(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(moment)); err != nil {
		t.Fatal(err)
	}
	n, err := conn.Read(make([]byte, 1))
	var timeout net.Error
	if n > 0 || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("read %d bytes, %v, want a timeout", n, err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
}

func TestFaithfulWithoutAFault(t *testing.T) {
	p := listen(t, startEcho(t).Addr().String())
	conn := dial(t, p)
	big := make([]byte, 5*chunkSize)
	for i := range big {
		big[i] = 'a' + byte(i%26)
	}
	var writing sync.WaitGroup
	writing.Go(func() { _, _ = conn.Write(big) })
	hear(t, conn, string(big))
	writing.Wait()
	if got := p.Counts(); got != (Counts{Connections: 1}) {
		t.Errorf("counts %+v", got)
	}
}

func TestAHoleHoldsEverythingAndLosesNothing(t *testing.T) {
	p := listen(t, startEcho(t).Addr().String())
	conn := dial(t, p)
	say(t, conn, "before ")
	hear(t, conn, "before ")
	p.Set(Weather{Hole: true})
	say(t, conn, "during ")
	late := dial(t, p)
	say(t, late, "late")
	silent(t, conn)
	silent(t, late)
	p.Set(Weather{})
	say(t, conn, "after")
	hear(t, conn, "during after")
	hear(t, late, "late")
	if got := p.Counts(); got.Held < len("during late") {
		t.Errorf("counts %+v", got)
	}
}

func TestDelayIsPerByteNotPerTurn(t *testing.T) {
	p := listen(t, startEcho(t).Addr().String())
	conn := dial(t, p)
	p.Set(Weather{Delay: moment})
	began := time.Now()
	const turns = 10
	for range turns {
		say(t, conn, "x")
	}
	hear(t, conn, "xxxxxxxxxx")
	took := time.Since(began)
	if took < 2*moment || took > turns*moment {
		t.Errorf("%d messages there and back took %v at %v each way", turns, took, moment)
	}
	if p.Counts().Delayed == 0 {
		t.Error("nothing is counted as delayed")
	}
}

func TestResetIsAnErrorAtBothEnds(t *testing.T) {
	p := listen(t, startEcho(t).Addr().String())
	first, second := dial(t, p), dial(t, p)
	for _, conn := range []net.Conn{first, second} {
		say(t, conn, "x")
		hear(t, conn, "x")
	}
	if n := p.Reset(); n != 2 {
		t.Errorf("%d connections were reset", n)
	}
	for _, conn := range []net.Conn{first, second} {
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the client reads %v", err)
		}
	}
	again := dial(t, p)
	say(t, again, "x")
	hear(t, again, "x")
}

func TestCutRelaysHalfAMessage(t *testing.T) {
	e := startEcho(t)
	p := listen(t, e.Addr().String())
	conn := dial(t, p)
	p.Cut(ToServer)
	say(t, conn, "12345678")
	if _, err := io.ReadAll(conn); err == nil {
		t.Error("the connection ended without an error")
	}
	if got := p.Counts(); got.Cut != 1 {
		t.Errorf("counts %+v", got)
	}
	again := dial(t, p)
	p.Cut(ToClient)
	say(t, again, "abcdefgh")
	got, err := io.ReadAll(again)
	if err == nil || len(got) > 4 {
		t.Errorf("read %q, %v", got, err)
	}
	if text := e.text(); text != "1234abcdefgh" && text != "abcdefgh" {
		t.Errorf("the server got %q", text)
	}
}

func TestNoServerIsAReset(t *testing.T) {
	e := startEcho(t)
	p := listen(t, e.Addr().String())
	e.Close()
	// The reset may come before the client has noticed that it was connected.
	conn, err := net.Dial("tcp", p.Addr())
	if err == nil {
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client got %v", err)
	}
	if got := p.Counts(); got.Refused != 1 {
		t.Errorf("counts %+v", got)
	}
}

func TestCloseEndsConnectionsInAHole(t *testing.T) {
	p := listen(t, startEcho(t).Addr().String())
	conn := dial(t, p)
	say(t, conn, "x")
	hear(t, conn, "x")
	p.Set(Weather{Hole: true})
	say(t, conn, "held")
	silent(t, conn)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection outlived its proxy")
	}
}
