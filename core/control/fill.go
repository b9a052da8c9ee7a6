package control

import (
	"time"

	"github.com/araldo-relay/araldo/core"
)

// Take fills in what a snapshot knows of the outlet.
func (o *Outlet) Take(s *core.Snapshot) {
	o.Account = newAccount(&s.Account)
	o.OldestAgeSeconds = s.OldestAge.Seconds()
	o.LastFailure = s.LastFailure
	o.Paused = s.Paused
}

func newAccount(a *core.Account) Account {
	dropped := map[string]uint64{}
	for reason, n := range a.Dropped {
		if n > 0 {
			dropped[core.Reason(reason).String()] = n
		}
	}
	return Account{
		In: a.In, Delivered: a.Delivered, Filtered: a.Filtered, DeadLettered: a.DeadLettered, Expired: a.Expired,
		Dropped: dropped, Queued: a.Queued, InFlight: a.InFlight, Retried: a.Retried, Returned: a.Returned,
	}
}

// Take fills in what an endpoint says of itself.
func (e *Endpoint) Take(i *core.Inspection) {
	e.Figures = make([]Figure, len(i.Figures))
	for n, f := range i.Figures {
		e.Figures[n] = Figure(f)
	}
	e.Connections = make([]Connection, len(i.Connections))
	for n, c := range i.Connections {
		e.Connections[n] = Connection{c.ID, c.Peer, time.Unix(0, c.Since).UTC(), c.Queued, c.Lost}
	}
}

// complete makes lists and maps that are empty stand in JSON as such, so that scripts never meet null.
func (s *Status) complete() {
	s.Plugins, s.Endpoints, s.Routes = list(s.Plugins), list(s.Endpoints), list(s.Routes)
	s.Marshallings = list(s.Marshallings)
	for i := range s.Marshallings {
		s.Marshallings[i].Rejected = table(s.Marshallings[i].Rejected)
	}
	for i := range s.Plugins {
		p := &s.Plugins[i]
		p.IDs, p.Allowed, p.Log = list(p.IDs), list(p.Allowed), list(p.Log)
	}
	for i := range s.Endpoints {
		e := &s.Endpoints[i]
		e.Claims, e.Figures, e.Connections = list(e.Claims), list(e.Figures), list(e.Connections)
		e.Rejected, e.Settings = table(e.Rejected), table(e.Settings)
	}
	for i := range s.Routes {
		s.Routes[i].Outlets = list(s.Routes[i].Outlets)
		for j := range s.Routes[i].Outlets {
			a := &s.Routes[i].Outlets[j].Account
			a.Dropped = table(a.Dropped)
		}
	}
}

func list[T any](of []T) []T {
	if of == nil {
		return []T{}
	}
	return of
}

func table[V any](of map[string]V) map[string]V {
	if of == nil {
		return map[string]V{}
	}
	return of
}
