package bench

import (
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// sample is the relay at one moment.
type sample struct {
	at      time.Time
	account control.Account
	latency Latency
	// times are the processor times of the processes, by plugin's name.
	times map[string]time.Duration
}

// look takes a sample of a hub's status.
func (s *stage) look(status control.Status) sample {
	now := sample{at: time.Now(), times: map[string]time.Duration{control.HubName: ownTime()}}
	for _, p := range status.Plugins {
		now.times[p.Name] = processorTime(p.PID)
	}
	for _, e := range status.Endpoints {
		if e.Name == s.target {
			now.latency = LatencyOf(e.Figures)
		}
	}
	for _, o := range outletsOf(status, s.options.Inbound) {
		if o.Name == s.options.Outlet {
			now.account = o.Account
		}
	}
	return now
}

func outletsOf(status control.Status, inbound string) []control.Outlet {
	for _, route := range status.Routes {
		if route.Inbound == inbound {
			return route.Outlets
		}
	}
	return nil
}

// progress is what happened from before to now, in a run that began at begin.
func (now sample) progress(before, begin sample) Progress {
	p := Progress{
		Elapsed: now.at.Sub(begin.at), Latency: now.latency.since(begin.latency),
		Waiting: now.account.Queued + now.account.InFlight, Lost: lost(now.account),
	}
	if span := now.at.Sub(before.at).Seconds(); span > 0 {
		p.PerSecond = float64(now.account.Delivered-before.account.Delivered) / span
	}
	return p
}

// lost is what an account has as dropped, whatever for. What was filtered or has expired is as the route has it.
func lost(a control.Account) uint64 {
	sum := uint64(0)
	for _, n := range a.Dropped {
		sum += n
	}
	return sum
}
