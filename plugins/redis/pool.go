package redis

import (
	"context"
	"errors"
	"sync"
)

var errClosed = errors.New("the endpoint is closed")

// pool keeps sessions that are idle, for the next who needs one. Any goroutine may use it.
type pool struct {
	target *target

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// acquire takes the session used last, or opens one and logs in. It must be released.
func (p *pool) acquire(ctx context.Context) (*session, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		s := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return s, nil
	}
	p.mu.Unlock()
	s, err := connect(ctx, p.target, nil)
	if err != nil {
		return nil, err
	}
	if err := s.ping(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// release gives a session back; one that is not sound is closed.
func (p *pool) release(s *session, sound bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !sound || p.closed {
		s.close()
		return
	}
	p.idle = append(p.idle, s)
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, s := range p.idle {
		s.close()
	}
	p.idle = nil
}

// with calls use with a session, and again with a new one where the connection had ended while nobody used it: then
// nothing was written. use returns what ended the connection, nil if nothing did. The other error is that of acquire.
func (p *pool) with(ctx context.Context, use func(*session) error) (unreachable, lost error) {
	for {
		s, err := p.acquire(ctx)
		if err != nil {
			return err, nil
		}
		lost := use(s)
		p.release(s, lost == nil && ctx.Err() == nil) // what ends with ctx closes it, maybe a moment later
		if !errors.Is(lost, errSpent) {
			return nil, lost
		}
	}
}

// probe asks Redis for an answer over a session that is idle, or a new one.
func (p *pool) probe(ctx context.Context) error {
	unreachable, lost := p.with(ctx, func(s *session) error { return s.ping(ctx) })
	return errors.Join(unreachable, lost)
}
