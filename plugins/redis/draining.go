package redis

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// draining ends a subscription so that nothing is lost that Redis has handed over: Redis answers UNSUBSCRIBE after all
// messages before it, and what comes until then still goes to the hub.
type draining struct {
	mu     sync.Mutex
	pubsub *redis.PubSub
	// done is made when a drain begins and closed when the subscription has ended.
	done chan struct{}
}

// watch names the subscription that a drain would end.
func (d *draining) watch(pubsub *redis.PubSub) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pubsub = pubsub
}

func (d *draining) begun() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done != nil
}

// finished reports whether the subscription that just ended is the last one, and lets drain return then.
func (d *draining) finished() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pubsub = nil
	if d.done == nil {
		return false
	}
	close(d.done)
	return true
}

// drain unsubscribes and waits until all that came before is with the hub, or ctx ends. It is called once.
func (d *draining) drain(ctx context.Context) error {
	d.mu.Lock()
	pubsub := d.pubsub
	if pubsub != nil {
		d.done = make(chan struct{})
	}
	d.mu.Unlock()
	if pubsub == nil {
		return nil
	}
	// One of the two does nothing. Where Redis can't be told, the subscription breaks, and is not opened again.
	_ = pubsub.Unsubscribe(ctx)
	_ = pubsub.PUnsubscribe(ctx)
	select {
	case <-d.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
