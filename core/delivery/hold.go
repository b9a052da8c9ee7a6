package delivery

import "time"

// Hold is what an outlet that drops keeps while its endpoint is away, in place of what its queue may hold: from the
// beginning until the endpoint is there, while its plugin is started again, and while it fails as a whole. Where the
// outlet blocks it has no effect, because the source waits.
type Hold struct {
	// Messages bounds the queue; 0: as ever.
	Messages int
	// Age is how long a message is kept; 0 is for ever.
	Age time.Duration
}

// away reports whether the endpoint is not there to take anything.
func (s *sender) away() bool { return s.flow.lane == nil || s.setbacks > 0 }

// bound sets the queue's bound. When the endpoint comes back, what was kept for it stays until it is sent.
func (s *sender) bound() {
	s.queue.maxMessages = s.Messages
	if s.Hold.Messages == 0 || s.outlet.Blocks() {
		return
	}
	away := s.away()
	s.holding = away || s.holding && s.queue.messages > s.Messages
	switch {
	case away:
		s.queue.maxMessages = s.Hold.Messages
	case s.holding:
		s.queue.maxMessages = max(s.Messages, s.Hold.Messages)
	}
}

// life is how long a message may wait now; 0 is for ever.
func (s *sender) life() time.Duration {
	if s.Hold.Age <= 0 || s.outlet.Blocks() || !s.away() || s.TTL > 0 && s.TTL < s.Hold.Age {
		return s.TTL
	}
	return s.Hold.Age
}
