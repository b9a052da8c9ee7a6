package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sys/unix"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

// exhaustDescriptors takes a plugin the descriptors for new connections. Its old ones must live on.
func (r *run) exhaustDescriptors(ctx context.Context, f fault) (wound, error) {
	p, err := r.plugin(ctx, f.target)
	if err != nil {
		return wound{}, err
	}
	var before unix.Rlimit
	if err := unix.Prlimit(p.PID, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		return wound{}, fmt.Errorf("limit of process %d: %w", p.PID, err)
	}
	limit := unix.Rlimit{Cur: uint64(descriptors(p.PID)), Max: before.Max}
	if err := unix.Prlimit(p.PID, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		return wound{}, fmt.Errorf("limit of process %d: %w", p.PID, err)
	}
	ends, seen := r.viewer.ends.Load(), r.ledger.Arrived(ledger.Browser)
	told, others := r.knock(ctx, f.lasts)
	if len(others) > 0 {
		r.complain("without descriptors new clients are to get 503, %d did not: %v", len(others), others[0])
	}
	if r.viewer.ends.Load() != ends {
		r.complain("a browser was disconnected because new ones found no descriptor")
	}
	if r.ledger.Arrived(ledger.Browser) == seen {
		r.complain("a browser got nothing while new ones found no descriptor")
	}
	if err := unix.Prlimit(p.PID, unix.RLIMIT_NOFILE, &before, nil); err != nil {
		return wound{}, fmt.Errorf("limit of process %d: %w", p.PID, err)
	}
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		if told == 0 {
			return "", errors.New("every new connection was served")
		}
		return fmt.Sprintf("%d new clients got 503", told), nil
	}}, nil
}

// knock opens connections until the time is over, keeps them, and returns how many of them got 503, and what those got
// that were neither served nor told so.
func (r *run) knock(ctx context.Context, lasts time.Duration) (told int, others []error) {
	var open []net.Conn
	for end := time.Now().Add(lasts); time.Now().Before(end) && pause(ctx, lasts/20); {
		conn, status, err := r.open()
		switch {
		case err != nil:
			others = append(others, err)
		case status == http.StatusServiceUnavailable:
			told++
		case status != http.StatusSwitchingProtocols:
			others = append(others, fmt.Errorf("status %d", status))
		}
		if conn != nil {
			open = append(open, conn)
		}
	}
	for _, conn := range open {
		_ = conn.Close()
	}
	return told, others
}

// openTime bounds how long a handshake may take.
const openTime = 5 * time.Second

// open connects to the browsers' endpoint as a client does, and returns the status that it got. The connection is not nil
// where there is one, served or not.
func (r *run) open() (net.Conn, int, error) {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", r.port), openTime)
	if err != nil {
		return nil, 0, err
	}
	if err := conn.SetDeadline(time.Now().Add(openTime)); err != nil {
		return conn, 0, err
	}
	_, err = fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	if err != nil {
		return conn, 0, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return conn, 0, err
	}
	return conn, answer.StatusCode, answer.Body.Close()
}

// stuckReader is a browser that connects and never reads. The others must not notice.
func (r *run) stuckReader(ctx context.Context, f fault) (wound, error) {
	ends := r.viewer.ends.Load()
	conn, status, err := r.open()
	if err == nil && status != http.StatusSwitchingProtocols {
		err = fmt.Errorf("a client got status %d", status)
	}
	if err != nil {
		return wound{}, errors.Join(err, closed(conn))
	}
	r.ledger.Watch()
	pause(ctx, f.lasts)
	longest := r.ledger.Pause(ledger.Browser)
	if longest > f.lasts/2 || r.viewer.ends.Load() != ends {
		r.complain("a browser that does not read held another one up for %v, or cut it", longest)
	}
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		return "a browser read nothing", nil
	}}, closed(conn)
}

func closed(conn net.Conn) error {
	if conn == nil {
		return nil
	}
	return conn.Close()
}
