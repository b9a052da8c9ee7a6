package redis

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// answerTimeout is how long Redis may take to answer commands that were written, or to take their bytes.
const answerTimeout = 5 * time.Second

// errSpent says that a session's connection ended while nobody used it: nothing was written.
var errSpent = errors.New("the connection has ended")

// session is one connection to Redis and the client that speaks over it. The client gets the connection once; where
// it would dial anew it is refused, so no reconnection or retry happens unseen.
type session struct {
	conn   net.Conn
	client *redis.Client
	given  atomic.Bool
	once   sync.Once

	commands pipeline
}

// connect dials; wrap, unless nil, gets the connection before the client does. Redis has not been spoken to yet.
func connect(ctx context.Context, t *target, wrap func(net.Conn) net.Conn) (*session, error) {
	conn, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	if wrap != nil {
		s.conn = wrap(conn)
	}
	s.client = redis.NewClient(s.options(t))
	return s, nil
}

func (s *session) options(t *target) *redis.Options {
	return &redis.Options{
		Network: t.network, Addr: t.address, Dialer: s.give,
		Username: t.username, Password: t.password, DB: t.db,
		Protocol: 2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		ReadTimeout:              answerTimeout, WriteTimeout: answerTimeout,
		// The hub retries: a repetition in here could publish twice. A pool of two, never filled, keeps the library
		// from dialling in the background after its first failure.
		MaxRetries: -1, DialerRetries: 1, PoolSize: 2, PipelinePoolSize: -1, ConnMaxIdleTime: -1,
	}
}

func (s *session) give(context.Context, string, string) (net.Conn, error) {
	if s.given.Swap(true) {
		return nil, errSpent
	}
	return s.conn, nil
}

// ping logs in where that is still to be done, and asks for an answer. A user who may not ping is answered too.
func (s *session) ping(ctx context.Context) error {
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	if err := s.client.Ping(ctx).Err(); err != nil && !redis.IsPermissionError(err) {
		return err
	}
	return ctx.Err()
}

// close cuts the connection, from any goroutine: whoever waits for Redis fails at once.
func (s *session) close() {
	s.once.Do(func() {
		_ = s.conn.Close()
		_ = s.client.Close()
	})
}
