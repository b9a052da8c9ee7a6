package delivery

import "github.com/araldo-relay/araldo/core"

// delivered notes how long the first n messages of a run took.
func (s *sender) delivered(f *flight, n int) { s.latency.Add(s.now-f.received, n) }

// deliveredUpTo notes how long the runs took that a cumulative receipt settled, count messages in all. Of those that it
// counts as not delivered it does not say which they are: they are taken to be the last.
func (s *sender) deliveredUpTo(r *core.Receipt, count int) {
	for _, c := range r.Counts {
		count -= int(min(c.Count, uint64(count)))
	}
	for i := range s.runs {
		n := min(len(s.runs[i].messages), count)
		s.delivered(&s.runs[i], n)
		count -= n
	}
}
