package load

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// dialTimeout bounds connecting and the handshake together.
const dialTimeout = 10 * time.Second

// dial connects to host:port and, where path is given, upgrades to a WebSocket. The reader may already hold bytes.
func dial(ctx context.Context, address, path string) (net.Conn, *bufio.Reader, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	reader := bufio.NewReaderSize(conn, readSize)
	if path == "" {
		return conn, reader, nil
	}
	if err := upgrade(conn, reader, address, path); err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("WebSocket ws://%s%s: %w", address, path, err)
	}
	return conn, reader, nil
}

// upgrade is the client's side of the opening handshake (RFC 6455, section 4.1).
func upgrade(conn net.Conn, reader *bufio.Reader, address, path string) error {
	_ = conn.SetDeadline(time.Now().Add(dialTimeout))
	defer func() { _ = conn.SetDeadline(time.Time{}) }()
	key := make([]byte, 16)
	_, _ = rand.Read(key)
	request := &http.Request{
		Method: http.MethodGet, URL: &url.URL{Path: path}, Host: address, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"},
			"Sec-Websocket-Key": {base64.StdEncoding.EncodeToString(key)},
			// As browsers do; webdis answers nobody without it.
			"Origin": {"http://" + address},
		},
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		return fmt.Errorf("the relay answered %s: %s", response.Status, text)
	}
	return nil
}
