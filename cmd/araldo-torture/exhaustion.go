package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
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
	refused := r.knock(ctx, f.lasts)
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
		if refused == 0 {
			return "", errors.New("every new connection was served")
		}
		return fmt.Sprintf("%d new connections were not served", refused), nil
	}}, nil
}

// knock opens connections until the time is over, keeps them, and returns how many of them got no 101.
func (r *run) knock(ctx context.Context, lasts time.Duration) int {
	refused := 0
	var open []net.Conn
	for end := time.Now().Add(lasts); time.Now().Before(end) && pause(ctx, lasts/20); {
		conn, err := r.open(lasts / 20)
		if err != nil {
			refused++
		}
		if conn != nil {
			open = append(open, conn)
		}
	}
	for _, conn := range open {
		_ = conn.Close()
	}
	return refused
}

// open connects to the browsers' endpoint as a client does, and returns the connection even where it was not served.
func (r *run) open(limit time.Duration) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", r.port), limit)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	answer := make([]byte, len("HTTP/1.1 101"))
	if err == nil {
		err = conn.SetReadDeadline(time.Now().Add(limit))
	}
	if err == nil {
		_, err = conn.Read(answer)
	}
	if err == nil && string(answer) != "HTTP/1.1 101" {
		err = fmt.Errorf("answered %s", answer)
	}
	return conn, err
}

// stuckReader is a browser that connects and never reads. The others must not notice.
func (r *run) stuckReader(ctx context.Context, f fault) (wound, error) {
	ends := r.viewer.ends.Load()
	conn, err := r.open(time.Second)
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

// jumpClock makes all pending entries of the source look an hour old to Redis, as they do when its clock jumps: it tells
// their age from the time of day. It must not set off a storm of redeliveries.
func (r *run) jumpClock(ctx context.Context, _ fault) (wound, error) {
	aged := 0
	err := until(ctx, readyTime, func() bool {
		n, err := age(ctx, r.redis.client)
		aged += n
		return err == nil && aged > 0
	})
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		return fmt.Sprintf("%d pending entries became an hour older", aged), nil
	}}, err
}

// age sets back the time at which the pending entries were given out, and returns how many they were.
func age(ctx context.Context, client *redis.Client) (int, error) {
	entries, err := client.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: source, Group: group, Start: "-", End: "+", Count: 10000}).Result()
	if err != nil {
		return 0, err
	}
	aged := 0
	for _, e := range entries {
		claim := []any{"XCLAIM", source, group, e.Consumer, 0, e.ID, "IDLE", time.Hour.Milliseconds(), "JUSTID"}
		ids, err := client.Do(ctx, claim...).Slice()
		if err != nil {
			return aged, err
		}
		aged += len(ids)
	}
	return aged, nil
}
