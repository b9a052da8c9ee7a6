package delivery

import "context"

// Rest sends nothing more on the lane that stands, and returns when nothing is in flight on it, when it went down or when
// the outlet was closed. It returns ctx's error if ctx ends first. What is queued waits for the next lane: Up ends the
// rest. It is for an endpoint that is about to be closed and opened again.
func (o *Outlet) Rest(ctx context.Context) error { return o.await(ctx, eventRest) }

// rest begins a rest, where there is a lane.
func (s *sender) rest(idle chan struct{}) {
	s.flow.resting = s.flow.lane != nil
	s.resters = append(s.resters, idle)
}

// releaseResters tells those who wait for a rest that nothing is on its way.
func (s *sender) releaseResters() {
	if len(s.resters) == 0 || s.open.len()+s.pending.len() > 0 {
		return
	}
	for _, idle := range s.resters {
		close(idle)
	}
	s.resters = nil
}
