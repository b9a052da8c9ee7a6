package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"github.com/coder/websocket"
)

// dial connects, and returns a session whose messages nobody reads yet. Errors tell the cause in few words that stay
// the same as long as the cause does.
func (e *endpoint) dial(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, e.timing.handshake)
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return nil, e.plain(ctx, err)
	}
	s := &session{endpoint: e, sending: make(chan struct{}, 1), parting: make(chan struct{})}
	w := newWire(conn, e.timing, s.stalled)
	e.busy.Go(w.run)
	ws, response, err := websocket.Dial(ctx, e.target.handshake, &websocket.DialOptions{
		HTTPClient: over(w), HTTPHeader: e.header, Subprotocols: e.config.Subprotocols,
		CompressionMode: websocket.CompressionDisabled,
		// A server that pings and takes no pongs must not fill the memory.
		OnPingReceived: func(context.Context, []byte) bool { return !w.backlogged() },
	})
	if err != nil {
		w.abort()
		<-w.done
		return nil, e.refusal(ctx, response, err)
	}
	s.begin(ws, w)
	return s, nil
}

// connect opens the TCP connection and secures it where the url says so.
func (e *endpoint) connect(ctx context.Context) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", e.target.address())
	if err != nil || !e.target.secure {
		return conn, err
	}
	secured := tls.Client(conn, &tls.Config{
		ServerName: e.target.host, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, RootCAs: e.roots,
	})
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return secured, nil
}

// over is an HTTP client of one connection, for one handshake. It follows no redirect: that would show the headers to
// another server.
func over(w *wire) *http.Client {
	take := func(context.Context, string, string) (net.Conn, error) { return w, nil }
	return &http.Client{
		Transport:     &http.Transport{DialContext: take, DialTLSContext: take, DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// advice says what a status that refuses the handshake may mean.
var advice = map[int]string{
	http.StatusUnauthorized: ": is what `headers` say right?",
	http.StatusForbidden:    ": is what `headers` and `origin` say right?",
	http.StatusNotFound:     ": is the path of `url` right?",
}

// refusal says why there was no upgrade. Of the server's answer it tells the number alone: the rest may repeat a token.
func (e *endpoint) refusal(ctx context.Context, response *http.Response, err error) error {
	switch {
	case response == nil:
		return e.plain(ctx, err)
	case response.StatusCode == http.StatusSwitchingProtocols:
		return errors.New("the server agreed to another protocol than WebSocket, or to a subprotocol that was not offered")
	case response.StatusCode/100 == 3:
		return fmt.Errorf("the server answered %s, and redirects are not followed: name the place in `url`", status(response))
	}
	return fmt.Errorf("the server answered %s%s", status(response), advice[response.StatusCode])
}

func status(response *http.Response) string {
	return fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode))
}

// plain leaves out of an error what differs from attempt to attempt, and the url, which may hold a token.
func (e *endpoint) plain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("no connection within %v", e.timing.handshake)
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return brief(err)
}

// brief is a network error without the addresses.
func brief(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
