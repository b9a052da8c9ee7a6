package delivery

import "github.com/araldo-relay/araldo/core"

// show tells whoever looks in, and what follows a chunk, what became of it.
func (s *sender) show(c *chunk, verdict core.Verdict, reason core.Reason) {
	if observer := s.Window.Observer(); observer != nil {
		observer.Observe(c.messages, verdict, reason)
	}
	if c.passage != nil {
		c.passage.Settled(c.messages, verdict, reason)
	}
}

// verdict tells a place in the account by its address.
func (s *sender) verdict(to *uint64) (core.Verdict, core.Reason) {
	a := &s.account
	switch to {
	case &a.Delivered:
		return core.VerdictDelivered, 0
	case &a.Filtered:
		return core.VerdictFiltered, 0
	case &a.DeadLettered:
		return core.VerdictDeadLettered, 0
	case &a.Expired:
		return core.VerdictExpired, 0
	}
	for reason := range a.Dropped {
		if to == &a.Dropped[reason] {
			return core.VerdictDropped, core.Reason(reason)
		}
	}
	return core.VerdictDropped, core.ReasonFailed
}

// showConfirmed shows the runs that a cumulative receipt settled, so many messages. On a live lane it may count some of them
// as not delivered without saying which: only if it counts all is the verdict on each message known.
func (s *sender) showConfirmed(r *core.Receipt, settled uint64) {
	lost := uint64(0)
	verdict, reason := core.VerdictDelivered, core.Reason(0)
	for _, c := range r.Counts {
		if lost += c.Count; c.Count > 0 {
			verdict, reason = core.VerdictMixed, reasonOf(c.Outcome)
		}
	}
	if lost > 0 && lost >= settled && len(r.Counts) == 1 {
		verdict = core.VerdictDropped
	}
	for i := range s.runs {
		s.show(&s.runs[i].chunk, verdict, reason)
	}
}

// reasonOf is the reason behind an outcome that a live receipt only counts.
func reasonOf(outcome core.Outcome) core.Reason {
	if outcome == core.OutcomeNoRecipient {
		return core.ReasonNoRecipient
	}
	return core.ReasonFailed
}
