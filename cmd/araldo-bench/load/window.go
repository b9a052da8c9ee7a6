package load

import (
	"context"
	"sync"
)

// Window drives senders as fast as the relay takes their messages: each has at most its share of the window's messages
// under way, counted at the slowest receiver. So a relay with bounded queues has no reason to drop.
type Window struct {
	// Messages is how many may be under way, of all senders together.
	Messages int

	mu      sync.Mutex
	changed *sync.Cond
	closed  bool
}

// NewWindow makes a window. moved is what the tallies of all receivers tell.
func NewWindow(ctx context.Context, messages int, moved <-chan struct{}) *Window {
	w := &Window{Messages: messages}
	w.changed = sync.NewCond(&w.mu)
	go func() {
		for {
			select {
			case <-ctx.Done():
				w.tell(true)
				return
			case <-moved:
				w.tell(false)
			}
		}
	}()
	return w
}

func (w *Window) tell(closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = w.closed || closed
	w.changed.Broadcast()
}

// Drive sends until the window's context ends or the connection fails.
func (w *Window) Drive(s *Sender, senders int, tallies []*Tally) error {
	share := uint64(max(1, w.Messages/senders))
	for {
		room, open := w.room(s, share, tallies)
		if !open {
			return nil
		}
		if _, err := s.Send(room, 0); err != nil {
			return err
		}
	}
}

// room waits until the sender may send and says how many. To write in bursts it waits for a quarter of the share.
func (w *Window) room(s *Sender, share uint64, tallies []*Tally) (n int, open bool) {
	least := max(1, share/4)
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.closed {
		if free := share - min(share, s.Sent()-slowest(s.number, tallies)); free >= least {
			return int(free), true
		}
		w.changed.Wait()
	}
	return 0, false
}

func slowest(sender int, tallies []*Tally) uint64 {
	least := tallies[0].From(sender)
	for _, t := range tallies[1:] {
		least = min(least, t.From(sender))
	}
	return least
}
