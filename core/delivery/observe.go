package delivery

import "github.com/araldo-relay/araldo/core"

// observe shows what came to its last place in the account to whoever looks in.
func (s *sender) observe(c *chunk, to *uint64) {
	observer := s.Window.Observer()
	if observer == nil {
		return
	}
	verdict, reason := s.verdict(to)
	observer.Observe(c.messages, verdict, reason)
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

// observeConfirmed shows the runs that a cumulative receipt settled. On a live lane it may count some of them as not
// delivered without saying which: only if it counts all is the verdict on each message known.
func (s *sender) observeConfirmed(r *core.Receipt) {
	observer := s.Window.Observer()
	if observer == nil {
		return
	}
	settled, lost := uint64(0), uint64(0)
	for i := range s.runs {
		settled += uint64(len(s.runs[i].messages))
	}
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
		observer.Observe(s.runs[i].messages, verdict, reason)
	}
}

// reasonOf is the reason behind an outcome that a live receipt only counts.
func reasonOf(outcome core.Outcome) core.Reason {
	if outcome == core.OutcomeNoRecipient {
		return core.ReasonNoRecipient
	}
	return core.ReasonFailed
}
