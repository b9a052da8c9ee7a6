package router

import "context"

// Retired is what a Swap put out of use with values under way: they still go to the outlets that they came for.
type Retired struct{ stages []*stage }

// retire finds the stages that are not in the next table.
func (t table) retire(next table) *Retired {
	r := &Retired{}
	for source, rt := range t {
		if now := next[source]; rt.stage != nil && (now == nil || now.stage != rt.stage) {
			r.stages = append(r.stages, rt.stage)
		}
	}
	return r
}

// Join adds what another Swap retired.
func (r *Retired) Join(other *Retired) { r.stages = append(r.stages, other.stages...) }

// Drain waits until nothing is under way, or returns ctx's error if that ends first. A batch that is given to the router
// while it swaps may come later.
func (r *Retired) Drain(ctx context.Context) error {
	for _, s := range r.stages {
		if err := s.drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close gives up what is still under way: it overflows, and its source keeps what is acknowledged. Decoders must be closed.
func (r *Retired) Close() {
	for _, s := range r.stages {
		s.abandon()
	}
}

// abandon ends the stage: what is not decoded overflows, now and later.
func (s *stage) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.abandoned = true, true
	for _, arrivals := range s.underWay {
		for i := range arrivals {
			arrivals[i].overflow()
		}
	}
	s.underWay = nil
	s.giveUp()
}
