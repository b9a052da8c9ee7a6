package mock

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// loop brings messages that the mock is sent back to the hub, as new ones with the same attributes.
type loop struct {
	// on: what comes is brought back, where routes read the mock.
	on   atomic.Bool
	once sync.Once
	// handed is closed when emit is there.
	handed chan struct{}
	emit   sdk.Emit
}

// open is told where messages go.
func (l *loop) open(emit sdk.Emit) {
	l.once.Do(func() {
		l.emit = emit
		close(l.handed)
	})
}

// pass hands messages to the hub and waits for its credit, as long as ctx lasts.
func (l *loop) pass(ctx context.Context, messages []sdk.Message) error {
	if !l.on.Load() {
		return nil
	}
	select {
	case <-l.handed:
	case <-ctx.Done():
		return ctx.Err()
	}
	round := make([]sdk.Message, len(messages))
	for i := range messages {
		round[i].Header, round[i].Payload = messages[i].Header, messages[i].Payload
	}
	return l.emit(ctx, round)
}
