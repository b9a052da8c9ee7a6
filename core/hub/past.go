package hub

import (
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// past is what ran under an outlet's name before what runs now. It does not change; its parts run empty.
type past struct {
	// sum is what those came to that are closed for long.
	sum    core.Snapshot
	recent []*former
}

// former is an outlet that gave its place to another of the same name.
type former struct {
	outlet *outlet
	closed atomic.Bool
}

// with is the past with one more.
func (p past) with(f *former) past {
	p.recent = append(p.recent[:len(p.recent):len(p.recent)], f)
	return p
}

// folded is the past without keeping those that are closed. A batch that comes to one of them at this very moment, by a
// table of two reloads ago, is left out.
func (p past) folded() past {
	next := past{sum: p.sum}
	for _, f := range p.recent {
		if f.closed.Load() {
			next.sum = added(next.sum, f.outlet.running.Snapshot())
		} else {
			next.recent = append(next.recent, f)
		}
	}
	return next
}

// snapshot is the outlet with all that ran under its name before, so that no number goes back by a reload.
func (o *outlet) snapshot() core.Snapshot {
	s := added(o.past.sum, o.running.Snapshot())
	for _, f := range o.past.recent {
		s = added(f.outlet.running.Snapshot(), s)
	}
	return s
}

// added is the newer one with the numbers of both.
func added(older, newer core.Snapshot) core.Snapshot {
	s := newer
	s.Account.Add(&older.Account)
	s.Latency.Merge(&older.Latency)
	s.OldestAge = max(older.OldestAge, newer.OldestAge)
	s.QueuedBytes += older.QueuedBytes
	s.Void += older.Void
	s.Violations += older.Violations
	if s.LastFailure == "" {
		s.LastFailure = older.LastFailure
	}
	return s
}
