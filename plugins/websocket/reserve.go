package websocket

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// noDescriptor answers a client for whose connection there is no descriptor (RFC 9110 section 15.6.4).
const noDescriptor = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"

const (
	// turnAwayTime bounds how long a client that is turned away may take to send its request: all others wait behind it.
	turnAwayTime = 250 * time.Millisecond
	// exhaustedEvery is how often the log tells that descriptors have run out.
	exhaustedEvery = 10 * time.Second
)

// reserved is a listener that keeps one descriptor in reserve. When the process has no other left, it gives that one to
// the next client, just to tell it so: else clients would hang, and the listener would find out again and again.
type reserved struct {
	net.Listener
	log    *slog.Logger
	mu     sync.Mutex
	spare  io.Closer
	logged time.Time
	closed bool
}

// reserve makes a listener keep a descriptor.
func reserve(l net.Listener, log *slog.Logger) *reserved {
	r := &reserved{Listener: l, log: log}
	r.keep()
	return r
}

// Accept returns connections for which there is a descriptor. Without a reserve it returns the error, and the server
// waits before it tries again.
func (r *reserved) Accept() (net.Conn, error) {
	for {
		conn, err := r.Listener.Accept()
		switch {
		case err == nil && r.keep():
			return conn, nil
		case err == nil:
			turnAway(conn)
			r.keep()
		case !exhausted(err) || !r.release():
			return nil, err
		}
	}
}

func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// keep reports whether there is a reserve, and makes one if it can.
func (r *reserved) keep() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spare != nil || r.closed {
		return true
	}
	file, err := os.Open(os.DevNull)
	if err == nil {
		r.spare = file
	}
	return err == nil
}

// release gives the reserve up and reports whether there was one.
func (r *reserved) release() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spare == nil {
		return false
	}
	_ = r.spare.Close()
	r.spare = nil
	if time.Since(r.logged) > exhaustedEvery {
		r.logged = time.Now()
		r.log.Warn("no descriptor is left for new connections: they are turned away with 503", "address", r.Addr().String())
	}
	return true
}

// Close closes the listener and the reserve.
func (r *reserved) Close() error {
	err := r.Listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.spare != nil {
		err = errors.Join(err, r.spare.Close())
		r.spare = nil
	}
	return err
}

// turnAway answers 503. The request is read first: a client takes an answer that comes before its request for none, and
// what is unread when the connection is closed would make that a reset, which can overtake the answer.
func turnAway(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	if conn.SetDeadline(time.Now().Add(turnAwayTime)) != nil {
		return
	}
	request := make([]byte, 0, maxHeader)
	for len(request) < cap(request) && !bytes.Contains(request, []byte("\r\n\r\n")) {
		n, err := conn.Read(request[len(request):cap(request)])
		if err != nil {
			break
		}
		request = request[:len(request)+n]
	}
	if conn.SetDeadline(time.Now().Add(turnAwayTime)) == nil {
		_, _ = io.WriteString(conn, noDescriptor)
	}
}
