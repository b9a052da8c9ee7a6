package redis

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// entries sends a command and gives its answer to r while it arrives. The error is what ended the connection.
func (s *session) entries(ctx context.Context, r *reply, command []any) error {
	return s.client.Process(ctx, redis.NewRawWriteToCmd(ctx, r, command...))
}

// about sends a command that names many entries.
func (s *session) about(ctx context.Context, before []any, tokens []string, after ...any) error {
	defer context.AfterFunc(ctx, s.close)()
	command := make([]any, 0, len(before)+len(tokens)+len(after))
	command = append(command, before...)
	for i := range tokens {
		command = append(command, &tokens[i]) // a pointer, so that no copy is made
	}
	return s.client.Do(ctx, append(command, after...)...).Err()
}

// steady gives up a connection on which nothing comes for answerTimeout, but not one on which a large answer takes
// longer. Redis answers a reader at least every timing.block.
func steady(conn net.Conn) net.Conn { return &steadyConn{conn} }

type steadyConn struct{ net.Conn }

func (c *steadyConn) Read(p []byte) (int, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(answerTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// SetReadDeadline is the library's for a whole answer; the connection sets its own.
func (c *steadyConn) SetReadDeadline(time.Time) error { return nil }
