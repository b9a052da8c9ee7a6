package bench

import (
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// Result is what a run has measured.
type Result struct {
	Inbound, Outlet string
	// Mode and Guarantee are the outlet's.
	Mode, Guarantee string
	// Rate is that which was asked for, 0 where it was what the relay takes with UnderWay messages under way.
	Rate, UnderWay int
	Size           int
	// Duration is what was measured, after the relay had warmed up; Messages were delivered in it.
	Duration time.Duration
	Messages uint64
	Latency  Latency
	// Times are the processor times of the processes in Duration by plugin's name and control.HubName; they are 0 where the
	// system does not tell.
	Times map[string]time.Duration
	// Outlets are those of the route as they were when all had come to its end, warming up included.
	Outlets []control.Outlet
}

func (s *stage) result(begin, end sample, drained control.Status) Result {
	r := Result{
		Inbound: s.options.Inbound, Outlet: s.options.Outlet, Rate: s.options.Rate, Size: len(s.options.Payload),
		Duration: end.at.Sub(begin.at), Messages: end.account.Delivered - begin.account.Delivered,
		Latency: end.latency.since(begin.latency), Times: map[string]time.Duration{},
		Outlets: outletsOf(drained, s.options.Inbound),
	}
	if r.Rate == 0 {
		r.UnderWay = underWay(s.route, r.Size)
	}
	for name, used := range end.times {
		r.Times[name] = used - begin.times[name]
	}
	r.Mode, r.Guarantee = r.Measured().Mode, r.Measured().Guarantee
	return r
}

// Measured is the outlet that was.
func (r *Result) Measured() control.Outlet {
	for _, o := range r.Outlets {
		if o.Name == r.Outlet {
			return o
		}
	}
	return control.Outlet{}
}

// Lost is how many messages the measured outlet has lost.
func (r *Result) Lost() uint64 { return lost(r.Measured().Account) }

// PerSecond is messages delivered per second.
func (r *Result) PerSecond() float64 { return float64(r.Messages) / r.Duration.Seconds() }

// PerMessage is processor time per message of a process, of all where name is empty; 0 where it is not known.
func (r *Result) PerMessage(name string) time.Duration {
	if r.Messages == 0 {
		return 0
	}
	used := r.Times[name]
	if name == "" {
		for _, one := range r.Times {
			used += one
		}
	}
	return used / time.Duration(r.Messages)
}
