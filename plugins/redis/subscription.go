package redis

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// subscription is a session that listens, and a goroutine that pings it so that a living Redis is never silent.
type subscription struct {
	*session
	pubsub *redis.PubSub
	unbind func() bool
	ended  chan struct{}
	pings  sync.WaitGroup
}

// subscribe connects and asks for the source's channels; Redis confirms each later. flush is called before each read
// that may wait, by the goroutine that receives. The subscription breaks when ctx ends.
func subscribe(ctx context.Context, s *source, flush func() error) (*subscription, error) {
	t := &tap{flush: flush, silence: s.timing.silence}
	inner, err := connect(ctx, s.target, t.on)
	if err != nil {
		return nil, err
	}
	sub := &subscription{session: inner, ended: make(chan struct{})}
	sub.unbind = context.AfterFunc(ctx, inner.close)
	sub.pubsub = inner.client.Subscribe(ctx)
	if s.pattern != "" {
		err = sub.pubsub.PSubscribe(ctx, s.pattern)
	} else {
		err = sub.pubsub.Subscribe(ctx, s.channels...)
	}
	if err != nil {
		sub.close()
		return nil, err
	}
	sub.pings.Go(func() { sub.ping(ctx, s.timing.ping) })
	return sub, nil
}

// ping asks for an answer now and then. The library would open a new connection unseen if it can't write: the session
// refuses that, and the reader sees its connection closed.
func (s *subscription) ping(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-ticker.C:
		}
		if s.pubsub.Ping(ctx) != nil {
			s.session.close()
			return
		}
	}
}

// close ends the subscription and waits for its goroutine.
func (s *subscription) close() {
	s.unbind()
	close(s.ended)
	s.session.close()
	_ = s.pubsub.Close()
	s.pings.Wait()
}

// tap stands between the library and the connection. The library reads only when it has handed out all that it read
// before, so the moment before a read is the moment to pass on what has arrived. While messages are awaited, a read
// that brings nothing for the time of silence fails; waiting in flush does not count as silence.
type tap struct {
	net.Conn
	flush   func() error
	silence time.Duration
	// patient is set while the library reads without a deadline of its own, which is when it waits for messages.
	patient bool
}

func (t *tap) on(conn net.Conn) net.Conn {
	t.Conn = conn
	return t
}

func (t *tap) Read(p []byte) (int, error) {
	if t.patient {
		if err := t.flush(); err != nil {
			return 0, err
		}
		if err := t.Conn.SetReadDeadline(time.Now().Add(t.silence)); err != nil {
			return 0, err
		}
	}
	return t.Conn.Read(p)
}

// SetReadDeadline is called by the reading goroutine before each message: no deadline means that the tap sets its own.
func (t *tap) SetReadDeadline(at time.Time) error {
	t.patient = at.IsZero()
	if t.patient {
		return nil
	}
	return t.Conn.SetReadDeadline(at)
}
