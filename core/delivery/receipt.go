package delivery

import "github.com/araldo-relay/araldo/core"

// failedRun is what one exception says of one flight.
type failedRun struct {
	flight
	failure *core.Failure
}

// receipt believes what an endpoint says of messages that are in flight in this epoch. A receipt of a dead epoch is
// void; one that names what was never sent is a violation and not believed at all; one that names what is settled
// already is a violation and changes nothing. A violation ends the stream.
func (s *sender) receipt(r *core.Receipt) {
	if s.flow.lane == nil || r.Epoch != s.flow.epoch {
		s.void++
		return
	}
	if fault := s.fault(r); fault != "" {
		s.violate(fault)
		return
	}
	before := s.account.InFlight
	for i := range r.Exceptions {
		s.except(&r.Exceptions[i])
	}
	s.confirm(r)
	if s.account.InFlight < before {
		s.worked()
	}
	s.fail()
}

// fault says what makes a receipt impossible.
func (s *sender) fault(r *core.Receipt) string {
	if r.UpTo >= s.flow.next {
		return "a receipt settles messages that were never sent"
	}
	for i := range r.Exceptions {
		x := &r.Exceptions[i]
		switch {
		case x.First == 0 || x.First >= s.flow.next || max(x.Count, 1) > s.flow.next-x.First:
			return "a receipt names messages that were never sent"
		case x.Outcome < core.OutcomeConfirmed || x.Outcome > core.OutcomeNoRecipient:
			return "a receipt names an outcome that no target has"
		case x.Outcome == core.OutcomeFailed && x.Failure == nil:
			return "a receipt names a failure without saying which"
		}
	}
	for _, c := range r.Counts {
		if c.Outcome != core.OutcomeFailed && c.Outcome != core.OutcomeNoRecipient {
			return "a receipt counts an outcome that is not to be counted"
		}
		if s.acked() {
			return "a receipt on an acked lane counts instead of naming messages"
		}
	}
	return ""
}

func (s *sender) violate(fault string) {
	s.violations++
	s.flow.lane.Break(fault)
}

// except applies one exception. What failed is kept for fail, because with strict order it concerns the others too.
func (s *sender) except(x *core.Exception) {
	last := x.First + max(x.Count, 1) - 1
	s.runs = s.open.cut(x.First, last, s.runs[:0])
	if x.Outcome != core.OutcomePending {
		s.runs = s.pending.cut(x.First, last, s.runs)
	}
	if len(s.runs) == 0 && last > s.flow.lost && x.Outcome != core.OutcomePending {
		s.violate("a receipt names messages that are settled already")
	}
	for i := range s.runs {
		f := &s.runs[i]
		s.flow.progress = s.now
		switch x.Outcome {
		case core.OutcomeConfirmed:
			s.delivered(f, len(f.messages))
			s.settle(&f.chunk, &s.account.InFlight, &s.account.Delivered)
		case core.OutcomeNoRecipient:
			s.drop(&f.chunk, &s.account.InFlight, core.ReasonNoRecipient)
		case core.OutcomePending:
			s.suspend(*f)
		case core.OutcomeFailed:
			s.failed = append(s.failed, failedRun{*f, x.Failure})
		}
	}
	clear(s.runs)
}

// suspend keeps a flight until a later receipt names it.
func (s *sender) suspend(f flight) {
	f.since = s.now
	if s.pending.len() == 0 {
		s.flow.pendingSince = s.now
	}
	s.pending.put(f)
}

// confirm settles what is in flight up to the cumulative number, less what the receipt counts as ended otherwise. What
// was given up for lack of this receipt may be among what it counts.
func (s *sender) confirm(r *core.Receipt) {
	sum, late := 0, s.flow.upTo < s.flow.lost
	if r.UpTo > s.flow.upTo {
		s.flow.upTo = r.UpTo
		s.runs = s.open.cut(1, r.UpTo, s.runs[:0])
		for i := range s.runs {
			sum += len(s.runs[i].messages)
			s.flow.progress = s.now
			s.place(&s.runs[i].chunk, &s.account.InFlight, &s.account.Delivered)
		}
		s.deliveredUpTo(r, sum)
		s.showConfirmed(r, uint64(sum))
		clear(s.runs)
	}
	for _, c := range r.Counts {
		n := int(min(c.Count, uint64(sum)))
		if sum -= n; uint64(n) < c.Count && !late {
			s.violate("a receipt counts more messages than it settles")
		}
		s.account.move(&s.account.Delivered, &s.account.Dropped[reasonOf(c.Outcome)], n)
	}
}
