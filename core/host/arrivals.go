package host

import (
	"context"
	"sync"
)

// arrivals counts the frames of a stream whose contents were handed on.
type arrivals struct {
	mu    sync.Mutex
	count uint64
	// next is closed at the next one, nil while nobody waits for it.
	next chan struct{}
}

func (a *arrivals) add() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count++
	if a.next != nil {
		close(a.next)
		a.next = nil
	}
}

func (a *arrivals) total() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}

// lacking is closed at the next arrival, nil when there were so many.
func (a *arrivals) lacking(count uint64) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count >= count {
		return nil
	}
	if a.next == nil {
		a.next = make(chan struct{})
	}
	return a.next
}

// await waits until so many of the plugin's frames were handed on, the stream ends, or ctx does.
func (s *stream) await(ctx context.Context, frames uint64) {
	for next := s.arrived.lacking(frames); next != nil; next = s.arrived.lacking(frames) {
		select {
		case <-next:
		case <-s.ctx.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}
