package websocket

import (
	"errors"
	"net"
	"os"
	"time"

	"github.com/coder/websocket"
)

// write writes what the outbox has, and where nothing will follow closes the TCP connection. No one else writes to it.
func (c *conn) write() {
	if last := c.pump(); last {
		c.depart()
		close(c.written)
	}
}

// pump writes until nothing waits; last says that nothing will follow.
func (c *conn) pump() (last bool) {
	for {
		frames, last := c.out.take()
		if len(frames) == 0 {
			return last
		}
		if err := c.send(frames); err != nil {
			c.fail()
			return true
		}
		if last {
			return true
		}
	}
}

// send writes the frames in one system call where the connection takes them. A client that does not take them in time
// is cut; what it has a part of goes out before its close frame, if it wakes up.
func (c *conn) send(frames net.Buffers) error {
	size := 0
	for _, f := range frames {
		size += len(f)
	}
	c.link.bound(size)
	_, err := frames.WriteTo(c.link.tcp)
	if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || !c.cutSlow() {
		return err
	}
	_, err = frames.WriteTo(c.link.tcp)
	return err
}

// cutSlow ends a connection that takes nothing, and reports whether that was the first reason to end it.
func (c *conn) cutSlow() bool {
	_, lost := c.out.state()
	if !c.cut(websocket.StatusTryAgainLater, "too slow", false) {
		return false
	}
	_, lostNow := c.out.state()
	c.endpoint.tally.cut.Add(1)
	c.endpoint.tally.lost.Add(lostNow - lost)
	c.endpoint.log.Warn("a connection was cut because it takes nothing", "conn", c.id, "peer", c.peer)
	return true
}

// fail gives the connection up. The operating system forgets at once what it still holds for it.
func (c *conn) fail() {
	if c.linked.Load() {
		_ = c.link.tcp.SetLinger(0)
	}
	c.abandon()
}

// depart waits, once the close frame is out, for the peer to end its side too, and closes the connection.
func (c *conn) depart() {
	_ = c.link.tcp.CloseWrite()
	limit := time.NewTimer(time.Until(c.link.ending()))
	defer limit.Stop()
	select {
	case <-c.readDone:
	case <-limit.C:
	}
	_ = c.link.tcp.Close()
}
