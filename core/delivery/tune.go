package delivery

import "github.com/araldo-relay/araldo/core"

// Tune takes over the queue's bounds, Retry, Timeout, TTL, OnPoison, Hold and DeadLetter of options, and Overflow where both
// drop. All that the outlet has stays where it is; what is over new bounds overflows, or waits where the outlet Blocks.
// What was given to the dead letter of before is settled by that one, which must go on until then.
func (o *Outlet) Tune(options Options) {
	options = options.withDefaults()
	if o.Blocks() || options.Overflow == core.OverflowBlock {
		options.Overflow = o.options.Overflow
	}
	o.box.tune(options.limits())
	o.post(event{kind: eventTune, tuning: &options})
}

func (o *Options) limits() limits {
	return limits{max(o.Messages, o.Hold.Messages), o.Bytes, o.Overflow, o.Window}
}

func (b *mailbox) tune(l limits) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l.window = b.limits.window
	b.limits = l
}

func (b *mailbox) policy() core.Overflow {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limits.overflow
}

func (s *sender) tune(o *Options) {
	s.Messages, s.Bytes, s.Overflow = o.Messages, o.Bytes, o.Overflow
	s.Retry, s.Timeout, s.TTL = o.Retry, o.Timeout, o.TTL
	s.OnPoison, s.DeadLetter, s.Hold = o.OnPoison, o.DeadLetter, o.Hold
	s.queue.maxCost = s.Bytes
	s.armed = 0 // a deadline may be sooner now
	s.release()
}
