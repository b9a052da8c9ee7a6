package websocket

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core/tuning"
)

// ServeHTTP turns a handshake away or makes it a connection. All refusals come before the upgrade, in this order: not
// a WebSocket handshake (405, 426), switched off (403), full (503), a foreign page (403), a bad handshake (400, 426).
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.begin() {
		http.NotFound(w, r)
		return
	}
	defer e.busy.Done()
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		e.refuse(w, refusedHandshake, http.StatusMethodNotAllowed, "A WebSocket handshake is a GET request.")
	case !asksUpgrade(r):
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		e.refuse(w, refusedHandshake, http.StatusUpgradeRequired, "A WebSocket client is needed to connect here.")
	case !e.isEnabled():
		e.refuse(w, refusedDisabled, http.StatusForbidden, "This endpoint is switched off at the moment.")
	case e.full() || e.inlet.shut.Load():
		e.refuseFull(w)
	case !originAllowed(r, e.origins):
		e.foreign.origin(e, r)
		e.refuse(w, refusedOrigin, http.StatusForbidden, "Pages from this origin may not connect here.")
	case !e.reserve():
		e.refuseFull(w)
	default:
		e.upgrade(w, r)
	}
}

func (e *endpoint) isEnabled() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.enabled
}

func (e *endpoint) refuse(w http.ResponseWriter, why refusal, status int, sentence string) {
	e.tally.refused[why].Add(1)
	http.Error(w, sentence, status)
}

func (e *endpoint) refuseFull(w http.ResponseWriter) {
	e.refuse(w, refusedFull, http.StatusServiceUnavailable, "This endpoint takes no further connections at the moment.")
}

// upgrade makes the connection. The slot that was reserved is given back when it ends, or here.
func (e *endpoint) upgrade(w http.ResponseWriter, r *http.Request) {
	c := e.newConn(r.RemoteAddr)
	ws, err := websocket.Accept(&grab{w, c}, r, &websocket.AcceptOptions{
		Subprotocols:       e.config.Subprotocols,
		InsecureSkipVerify: true, // the origin is checked above
		CompressionMode:    websocket.CompressionDisabled,
		OnPingReceived:     func(context.Context, []byte) bool { return c.pinged() },
		OnPongReceived:     func(context.Context, []byte) { c.mark() },
	})
	if err != nil {
		e.tally.refused[refusedHandshake].Add(1)
		e.forget(c)
		close(c.written)
		e.release()
		return
	}
	c.ws = ws
	ws.SetReadLimit(int64(e.config.MaxMessage))
	if !c.adopted {
		_, _ = c.link.tcp.Write(closeFrame(int(websocket.StatusGoingAway), "closed during the handshake"))
		_ = c.link.tcp.Close()
		_ = ws.CloseNow()
		e.release()
		return
	}
	e.tally.accepted.Add(1)
	c.connect()
	c.out.begin(c.write)
	e.busy.Go(c.serve)
}

func (e *endpoint) newConn(peer string) *conn {
	id := e.idPrefix + strconv.FormatUint(e.ids.Add(1), 10)
	now := time.Now()
	return &conn{
		endpoint: e, id: id, peer: peer, since: now,
		out:     newOutbox(e.limits),
		parting: make(chan struct{}), readDone: make(chan struct{}), written: make(chan struct{}),
		pings: float64(e.limits.pings), pingsFrom: now,
	}
}

// grab is the response writer that gives the library a link in place of the TCP connection.
type grab struct {
	http.ResponseWriter
	conn *conn
}

// controlBuffer holds the library's largest write: a control frame.
const controlBuffer = 256

// Hijack is called by the library; the 101 response is out when it returns. Before that the connection becomes one
// that messages are queued for: a client that has its 101 misses nothing that is sent from then on.
func (g *grab) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, e := g.conn, g.conn.endpoint
	e.adopt(c)
	hijacked, buffers, err := http.NewResponseController(g.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	tcp, ok := hijacked.(*net.TCPConn)
	if !ok {
		return nil, nil, errors.Join(errors.New("not a TCP connection"), hijacked.Close())
	}
	c.link = &link{
		Conn: tuning.Direct(tcp), tcp: tcp, limits: e.limits, idle: e.config.IdleTimeout,
		inlet: e.inlet, control: c.control, parting: c.parting,
	}
	if buffers.Reader.Buffered() > 0 {
		c.link.begun = c.since
	}
	c.reader = buffers.Reader
	return c.link, bufio.NewReadWriter(buffers.Reader, bufio.NewWriterSize(c.link, controlBuffer)), nil
}

// asksUpgrade reports whether the request is meant as a WebSocket handshake (RFC 6455 section 4.1).
func asksUpgrade(r *http.Request) bool {
	return r.ProtoAtLeast(1, 1) && hasToken(r.Header["Connection"], "upgrade") &&
		hasToken(r.Header["Upgrade"], "websocket")
}

func hasToken(values []string, token string) bool {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(one), token) {
				return true
			}
		}
	}
	return false
}
