package redis

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

var errClosed = errors.New("the endpoint is closed")

// sink publishes. Each Send has a session to itself; idle ones are kept for the next.
type sink struct {
	target *target
	fixed  *places
	// template takes the place of fixed where the channel is one.
	template *template
	// failed is told, without blocking, that Redis could not be reached.
	failed func()

	mu     sync.Mutex
	idle   []*session
	closed bool

	published, unheard atomic.Uint64
}

// send publishes all messages to their channels in one pipeline. Redis's answer confirms, also where nobody listens.
func (k *sink) send(ctx context.Context, messages []sdk.Message) error {
	to := k.fixed
	if k.template != nil {
		to = k.template.places(messages)
	}
	if to.none(len(messages)) {
		return k.outcome(to, len(messages), nil)
	}
	for {
		s, err := k.acquire(ctx)
		if err != nil {
			k.failed()
			return unreachable(k.target, err)
		}
		commands, lost := s.publish(ctx, to, messages)
		if errors.Is(lost, errSpent) {
			s.close()
			continue // a session that has waited may have ended meanwhile; a new one can't have
		}
		if lost != nil {
			k.failed()
		}
		err = k.outcome(to, len(messages), commands)
		k.release(s, lost == nil)
		return err
	}
}

// acquire takes the session used last, or opens one and logs in.
func (k *sink) acquire(ctx context.Context) (*session, error) {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return nil, errClosed
	}
	if n := len(k.idle); n > 0 {
		s := k.idle[n-1]
		k.idle = k.idle[:n-1]
		k.mu.Unlock()
		return s, nil
	}
	k.mu.Unlock()
	s, err := connect(ctx, k.target, nil)
	if err != nil {
		return nil, err
	}
	if err := s.ping(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (k *sink) release(s *session, sound bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !sound || k.closed {
		s.close()
		return
	}
	k.idle = append(k.idle, s)
}

func (k *sink) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	for _, s := range k.idle {
		s.close()
	}
	k.idle = nil
}

// probe asks Redis for an answer over a session that is idle, or a new one.
func (k *sink) probe(ctx context.Context) error {
	for {
		s, err := k.acquire(ctx)
		if err != nil {
			return err
		}
		err = s.ping(ctx)
		k.release(s, err == nil)
		if !errors.Is(err, errSpent) {
			return err
		}
	}
}
