package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// session is one connection from its handshake to its end. One goroutine reads, one writes (the wire's), one pings.
type session struct {
	endpoint *endpoint
	id, peer string
	since    time.Time
	ws       *websocket.Conn
	wire     *wire
	// What all messages of the connection have in common, by kind.
	text, binary *sdk.Header

	// sending is held by the lane that puts messages on the wire; its positions are read under it.
	sending chan struct{} // capacity 1

	// parting is closed when the connection begins to end, why says why; what happens later is no news.
	parting chan struct{}
	once    sync.Once
	why     error

	gathering gathering
}

// begin takes what the handshake brought.
func (s *session) begin(ws *websocket.Conn, w *wire) {
	e := s.endpoint
	s.ws, s.wire, s.since = ws, w, time.Now()
	ws.SetReadLimit(int64(e.limit))
	s.id = e.idPrefix + strconv.FormatUint(e.connected.Add(1), 10)
	s.peer = s.wire.RemoteAddr().String()
	host, port, _ := net.SplitHostPort(s.peer)
	attributes := []sdk.Attribute{{Name: "peer", Value: host}, {Name: "peerport", Value: port}}
	if name := ws.Subprotocol(); name != "" {
		attributes = append(attributes, sdk.Attribute{Name: "subprotocol", Value: name})
	}
	kind := func(name string) *sdk.Header {
		list := append([]sdk.Attribute{{Name: "kind", Value: name}}, attributes...)
		return &sdk.Header{Attributes: sdk.NewAttributes(list...)}
	}
	s.text, s.binary = kind("text"), kind("binary")
	s.gathering.session = s
	s.wire.rest, s.wire.resume = s.unlessParting(s.gathering.rest), s.unlessParting(s.gathering.resume)
	s.wire.silence = e.silence()
}

// unlessParting keeps from the gathering what the library reads for its own part once the connection ends, by whichever
// goroutine.
func (s *session) unlessParting(do func()) func() {
	return func() {
		select {
		case <-s.parting:
		default:
			do()
		}
	}
}

// serve starts the goroutines of a connection; busy counts them.
func (s *session) serve(busy *sync.WaitGroup) {
	busy.Go(s.read)
	if every := s.endpoint.config.PingInterval; every > 0 {
		busy.Go(func() { s.ping(every) })
	}
}

// ping asks for a sign of life, which the reader sees. One that can't be sent ends the connection by itself.
func (s *session) ping(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-s.parting:
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), s.endpoint.silence())
		_ = s.ws.Ping(ctx)
		cancel()
	}
}

// end begins the end of the connection; only the first cause counts.
func (s *session) end(why error) {
	s.once.Do(func() {
		s.why = s.cause(why)
		close(s.parting)
	})
}

// stalled is told by the wire that nothing can be written any more.
func (s *session) stalled(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errStalled
	}
	s.end(err)
}

// cause is why a connection ended, in words for people.
func (s *session) cause(err error) error {
	var frame websocket.CloseError
	switch {
	case errors.As(err, &frame) && frame.Reason != "":
		return fmt.Errorf("the server closed the connection with %d and the reason %q", frame.Code, frame.Reason)
	case errors.As(err, &frame) && frame.Code == websocket.StatusNoStatusRcvd:
		return errors.New("the server closed the connection")
	case errors.As(err, &frame):
		return fmt.Errorf("the server closed the connection with %d", frame.Code)
	case errors.Is(err, websocket.ErrMessageTooBig):
		s.endpoint.tooLarge.Add(1)
		return fmt.Errorf("the server sent a message over max-message (%s)", sdk.Bytes(s.endpoint.limit))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no sign of life from the server for %v", s.endpoint.silence())
	case errors.Is(err, errNotUTF8), errors.Is(err, errStalled), errors.Is(err, errLeaving):
		return err
	case errors.Is(err, errEnded):
		return errEnded
	case errors.Is(err, net.ErrClosed):
		return errors.New("the connection was closed")
	case isProtocol(err):
		return errors.New("the server broke the WebSocket protocol")
	}
	return fmt.Errorf("the connection broke: %w", brief(err))
}

// close ends the connection in good order: close frame, the server's answer, the goroutines; at once when ctx ends.
func (s *session) close(ctx context.Context, code websocket.StatusCode, reason string) {
	ctx, cancel := context.WithTimeout(ctx, s.endpoint.timing.grace)
	defer cancel()
	stop := context.AfterFunc(ctx, s.wire.abort)
	defer stop()
	s.end(errLeaving)
	_ = s.ws.Close(code, reason)
	_ = s.wire.Close()
	<-s.wire.done
}

// drop gives a connection up that has begun to end; what is still to be written, such as a close frame, goes out within
// the grace. It tells the server what it did wrong where the library does not, and waits for the reader, which may wait
// for the hub.
func (s *session) drop() {
	if errors.Is(s.why, errNotUTF8) {
		s.close(context.Background(), websocket.StatusInvalidFramePayloadData, "text is not UTF-8")
		return
	}
	_ = s.ws.CloseNow()
	_ = s.wire.Close()
}
