package websocket

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// link stands between the WebSocket library and the TCP connection. Reads get the deadlines of endpoint and message;
// writes, which are the library's control frames only, each in one call, go to the outbox: one goroutine writes to the
// connection and no two frames mix.
type link struct {
	net.Conn
	tcp    *net.TCPConn
	limits *limits
	// idle is how long the client may be silent; 0 is for ever.
	idle  time.Duration
	inlet *inlet
	// control takes each control frame of the library's; it must not keep it.
	control func(frame []byte)
	// parting is closed when the connection begins to end.
	parting <-chan struct{}

	// The following are the reader's own.
	// begun is when the first byte of an unfinished frame or message came; zero between messages.
	begun time.Time
	// failure is what ended the reading, from the operating system or a deadline.
	failure error

	mu sync.Mutex
	// armed is the deadline that the connection has, zero where not known.
	armed time.Time
	// until is when the ending of the connection has to be over; zero before it ends.
	until time.Time
	// aborted: the library gave up reading.
	aborted bool
}

// grain is how much earlier than it should a deadline may be set, so that not every read has to set one.
const grain = time.Second

// forever stands for no deadline.
const forever = 100 * 365 * 24 * time.Hour

// errEnded stands for io.EOF, which the library takes for the end of a message also in the middle of one: what a client
// had begun when its connection ended would pass for a whole message.
var errEnded = errors.New("the client ended the connection without a close frame")

// Read reads for the library.
func (l *link) Read(p []byte) (int, error) {
	l.inlet.rest()
	n, err := l.read(p)
	if !l.inlet.resume(l.parting) {
		return 0, net.ErrClosed
	}
	return n, err
}

func (l *link) read(p []byte) (int, error) {
	due := l.due(time.Now())
	for {
		l.arm(due)
		n, err := l.Conn.Read(p)
		switch {
		case n > 0:
			if l.begun.IsZero() {
				l.begun = time.Now()
			}
			return n, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && l.early(due):
		default:
			if err == io.EOF {
				err = errEnded
			}
			l.failure = err
			return n, err
		}
	}
}

// due is when a read that begins now has waited too long.
func (l *link) due(now time.Time) time.Time {
	due := now.Add(forever)
	if l.idle > 0 {
		due = now.Add(l.idle)
	}
	if late := l.begun.Add(l.limits.message); !l.begun.IsZero() && late.Before(due) {
		due = late
	}
	return due
}

// arm sets the deadline, unless the one that stands will do.
func (l *link) arm(due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.aborted {
		return
	}
	if !l.until.IsZero() && l.until.Before(due) {
		due = l.until
	}
	if l.armed.IsZero() || due.Before(l.armed) || due.Sub(l.armed) > grain {
		l.armed = due
		_ = l.tcp.SetReadDeadline(due)
	}
}

// early reports whether a deadline came before it was due; the next arm sets a new one.
func (l *link) early(due time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = time.Time{}
	now := time.Now()
	return !l.aborted && now.Before(due) && (l.until.IsZero() || now.Before(l.until))
}

// finish bounds all that is still to happen on the connection.
func (l *link) finish(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, l.armed = until, until
	_ = l.tcp.SetDeadline(until)
}

// ending is the time given to finish; zero before that.
func (l *link) ending() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until
}

// bound sets the deadline of a write of n bytes.
func (l *link) bound(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.IsZero() {
		_ = l.tcp.SetWriteDeadline(time.Now().Add(l.limits.stall * time.Duration(1+n/burstBytes)))
	}
}

// Write takes a control frame of the library's.
func (l *link) Write(frame []byte) (int, error) {
	l.control(frame)
	return len(frame), nil
}

// Close is the library giving the connection up, such as when a ping's payload does not come: it ends the reading.
// The TCP connection's owner closes it when the last frame is out.
func (l *link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aborted = true
	return l.tcp.SetReadDeadline(time.Unix(1, 0))
}

// discard reads to the end of the connection, so that closing it does not make the operating system throw away the
// last frame on its way to the peer.
func (l *link) discard() { _, _ = io.Copy(io.Discard, l.tcp) }
