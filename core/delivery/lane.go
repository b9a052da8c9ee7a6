package delivery

import "github.com/araldo-relay/araldo/core"

// creditLimit bounds what an endpoint can allow, so that sums never overflow.
const creditLimit = 1 << 48

// up begins an epoch on a new stream.
func (s *sender) up(lane core.Lane, epoch uint64) {
	if s.flow.lane != nil {
		s.down(s.flow.lane, false)
	}
	s.flow = flow{lane: lane, epoch: epoch, next: 1}
	s.release()
}

// renew begins an epoch on the same stream. Nothing is in flight.
func (s *sender) renew() {
	s.flow = flow{lane: s.flow.lane, epoch: s.flow.lane.Renew(), resting: s.flow.resting, next: 1}
}

func (s *sender) credit(epoch, messages, bytes uint64) {
	if s.flow.lane == nil || epoch != s.flow.epoch {
		s.void++
		return
	}
	s.flow.messages = min(s.flow.messages+min(messages, creditLimit), creditLimit)
	s.flow.bytes = min(s.flow.bytes+int64(min(bytes, creditLimit)), creditLimit)
}

// down treats what was in flight when the stream ended. Live messages are lost, because they may have arrived; acked
// ones go first when the lane is up again.
func (s *sender) down(lane core.Lane, died bool) {
	if s.flow.lane != lane {
		return
	}
	s.flow = flow{}
	s.probing = false
	s.Breaker.leave(s.outlet)
	s.runs = s.pending.clear(s.open.clear(s.runs[:0]))
	switch {
	case !s.acked():
		s.dropRuns(core.ReasonPluginLost)
	case died:
		s.blame()
		s.giveBack()
	default:
		s.giveBack()
	}
}

// dropRuns drops runs, which were in flight.
func (s *sender) dropRuns(reason core.Reason) {
	for i := range s.runs {
		s.drop(&s.runs[i].chunk, &s.account.InFlight, reason)
	}
	clear(s.runs)
	s.runs = s.runs[:0]
}

func (s *sender) setEnabled(enabled bool) {
	s.enabled = enabled
	if enabled {
		s.release()
		s.worked()
	} else if !s.counts() {
		s.dropQueue(core.ReasonDisabled)
	}
}

// dropQueue drops all that is queued.
func (s *sender) dropQueue(reason core.Reason) {
	for len(s.queue.later) > 0 {
		c := s.queue.removeLater(len(s.queue.later) - 1)
		s.drop(&c, &s.account.Queued, reason)
	}
	for s.queue.ready.len() > 0 {
		c := s.queue.pop()
		s.drop(&c, &s.account.Queued, reason)
	}
}
