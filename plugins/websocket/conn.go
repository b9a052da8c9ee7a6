package websocket

import (
	"bufio"
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// conn is one client from its handshake to its end. A goroutine reads from it; another one writes while there is something.
type conn struct {
	endpoint *endpoint
	id, peer string
	since    time.Time

	ws     *websocket.Conn
	link   *link
	reader *bufio.Reader // the library's; only the reading goroutine touches it
	out    *outbox

	// text and binary are what the connection's messages have in common, by kind, made with the first of each.
	text, binary *sdk.Header

	// adopted: messages go to it. False where the endpoint was switched off or closed during the handshake.
	adopted bool
	// linked: link is there to be used; before that the handshake is under way.
	linked atomic.Bool
	// held: the reader waits for the hub's credit, so no pong would be seen.
	held atomic.Bool
	// parting is closed when the connection begins to end.
	parting chan struct{}
	// readDone and written are closed when the goroutines have done their part.
	readDone, written chan struct{}

	// The reader's own: inside says that a message is being read, pings is how many more the client may send now.
	inside    bool
	pings     float64
	pingsFrom time.Time
}

// kind is the header of the connection's messages of one kind. Connections that never say anything need none. Only the
// reading goroutine calls it.
func (c *conn) kind(text bool) *sdk.Header {
	name, header := "binary", &c.binary
	if text {
		name, header = "text", &c.text
	}
	if *header == nil {
		*header = c.header("kind", name)
	}
	return *header
}

// header is what is true of all that the connection says, and one attribute more.
func (c *conn) header(name, value string) *sdk.Header {
	peer, peerPort := splitAddress(c.link.RemoteAddr())
	local, localPort := splitAddress(c.link.LocalAddr())
	list := []sdk.Attribute{
		{Name: "conn", Value: c.id}, {Name: "path", Value: c.endpoint.path},
		{Name: "peer", Value: peer}, {Name: "peerport", Value: peerPort},
		{Name: "localip", Value: local}, {Name: "localport", Value: localPort},
		{Name: name, Value: value},
	}
	if subprotocol := c.ws.Subprotocol(); subprotocol != "" {
		list = append(list, sdk.Attribute{Name: "subprotocol", Value: subprotocol})
	}
	return &sdk.Header{Attributes: core.NewAttributes(list...)}
}

func splitAddress(a net.Addr) (ip, port string) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return "", ""
	}
	return tcp.IP.String(), strconv.Itoa(tcp.Port)
}

// connect ends the handshake. What ended the connection meanwhile takes effect now.
func (c *conn) connect() {
	c.linked.Store(true)
	if !isClosed(c.parting) {
		return
	}
	c.link.finish(time.Now().Add(c.endpoint.limits.grace))
	if c.out.isGone() {
		_ = c.link.tcp.Close()
	}
}

// serve reads until the connection ends, and ends it.
func (c *conn) serve() {
	c.endpoint.log.Debug("connected", "conn", c.id, "peer", c.peer)
	c.endpoint.inlet.busy.Add(1)
	c.announce("connect")
	err := c.read()
	c.endpoint.inlet.rest()
	if lingers := c.concludeReading(err); lingers {
		c.link.discard()
	}
	close(c.readDone)
	<-c.written
	_ = c.ws.CloseNow()
	c.endpoint.log.Debug("disconnected", "conn", c.id, "cause", err.Error())
	c.endpoint.forget(c)
	c.announce("disconnect")
	c.endpoint.release()
}

// announce makes the message of an event, where they are wanted.
func (c *conn) announce(event string) {
	if c.endpoint.config.Events {
		c.endpoint.inlet.Deliver([]sdk.Message{{Header: c.header("event", event)}}, c.endpoint.closed)
	}
}

// concludeReading sees to it that the connection ends in the way that fits what ended its reading, and reports
// whether the peer is still to be waited for.
func (c *conn) concludeReading(err error) (lingers bool) {
	failure := c.link.failure
	switch {
	case websocket.CloseStatus(err) != -1: // the library has answered the peer's close frame
		return false
	case isClosed(c.parting): // we or the library have sent a close frame
		return failure == nil
	case errors.Is(err, errNotUTF8):
		c.cut(websocket.StatusInvalidFramePayloadData, "text is not UTF-8", false)
	case errors.Is(failure, os.ErrDeadlineExceeded) && !c.link.begun.IsZero():
		c.cut(websocket.StatusPolicyViolation, "message took too long", false)
	case errors.Is(failure, os.ErrDeadlineExceeded):
		c.cut(websocket.StatusGoingAway, "idle", false)
	case failure != nil: // the peer is gone without a word
		c.abandon()
		return false
	default:
		c.cut(websocket.StatusProtocolError, "protocol error", false)
	}
	return true
}

// cut ends the connection with a close frame. Where keep is true, what is queued goes out before it. Only the first
// call counts.
func (c *conn) cut(code websocket.StatusCode, reason string, keep bool) (first bool) {
	return c.part(closeFrame(int(code), reason), keep)
}

func (c *conn) part(frame []byte, keep bool) (first bool) {
	if !c.out.part(frame, keep) {
		return false
	}
	close(c.parting)
	if c.linked.Load() {
		c.link.finish(time.Now().Add(c.endpoint.limits.grace))
	}
	return true
}

// abandon ends the connection without a word: nobody would hear it.
func (c *conn) abandon() {
	if c.out.abandon() {
		close(c.parting)
	}
	if c.linked.Load() {
		_ = c.link.tcp.Close()
	}
}

// control takes the library's control frames: pongs, and the close frames with which it answers the peer's, or
// complains.
func (c *conn) control(frame []byte) {
	if frame[0] == finClose {
		c.part(append([]byte(nil), frame...), false)
		return
	}
	c.out.enqueueControl(frame)
}

// mark tells the link whether a message or frame is unfinished.
func (c *conn) mark() {
	switch {
	case c.inside:
	case c.reader.Buffered() > 0:
		c.link.begun = time.Now()
	default:
		c.link.begun = time.Time{}
	}
}

// pinged is called by the library for each ping and says whether it is answered.
func (c *conn) pinged() bool {
	c.mark()
	now, limit := time.Now(), float64(c.endpoint.limits.pings)
	c.pings = min(limit, c.pings+now.Sub(c.pingsFrom).Seconds()*limit) - 1
	c.pingsFrom = now
	if c.pings < 0 {
		c.cut(websocket.StatusPolicyViolation, "too many pings", false)
		return false
	}
	return true
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
