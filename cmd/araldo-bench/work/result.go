package work

import (
	"fmt"
	"slices"
	"time"
)

// Result is the figures of one run. Rates and CPU are per delivery: a message with many receivers counts at each.
type Result struct {
	Relay string `json:"relay"`
	Work  string `json:"workload"`
	Size  int    `json:"size,omitempty"`
	// PerSecond is deliveries per second, CPU is user and system time of the relay's whole process tree per delivery.
	PerSecond float64       `json:"per_second,omitempty"`
	CPU       time.Duration `json:"cpu_ns,omitempty"`
	// Memory is the most resident bytes of the tree that were seen; PerConnection bytes (proportional set size) of an idle one.
	Memory        int64 `json:"memory_bytes"`
	PerConnection int64 `json:"bytes_per_connection,omitempty"`
	// Sent messages of all senders, Lost, Repeated, Late and Damaged ones over all receivers.
	Sent     uint64 `json:"sent,omitempty"`
	Lost     uint64 `json:"lost"`
	Repeated uint64 `json:"repeated"`
	Late     uint64 `json:"late"`
	Damaged  uint64 `json:"damaged"`
	// Delays are from when a message was due until it was read, in the open loop, of those due in the measured time.
	P50 time.Duration `json:"p50_ns,omitempty"`
	P99 time.Duration `json:"p99_ns,omitempty"`
	Max time.Duration `json:"max_ns,omitempty"`
}

// Right reports whether nothing was lost, repeated, out of order or changed.
func (r Result) Right() bool { return r.Lost+r.Repeated+r.Late+r.Damaged == 0 }

// Wrong says how much was.
func (r Result) Wrong() string {
	return fmt.Sprintf("%d lost, %d repeated, %d late, %d damaged", r.Lost, r.Repeated, r.Late, r.Damaged)
}

func (r *run) result(before, after observation) Result {
	result := Result{Relay: r.description.Name, Work: r.work.Name, Size: r.options.Size}
	deliveries := after.received - before.received
	if deliveries > 0 {
		result.PerSecond = float64(deliveries) / after.at.Sub(before.at).Seconds()
		result.CPU = (after.usage.CPU - before.usage.CPU) / time.Duration(deliveries)
	}
	for _, s := range r.ends.senders {
		result.Sent += s.Sent()
	}
	var delays []time.Duration
	r.ends.close()
	for _, t := range r.ends.tallies {
		for i, s := range r.ends.senders {
			result.Lost += s.Sent() - min(s.Sent(), t.From(i))
		}
		result.Repeated += t.Repeated()
		result.Late += t.Late()
		result.Damaged += t.Damaged()
		delays = append(delays, t.Delays()...)
	}
	result.takeDelays(delays)
	return result
}

func (r *Result) takeDelays(delays []time.Duration) {
	if len(delays) == 0 {
		return
	}
	slices.Sort(delays)
	at := func(share float64) time.Duration { return delays[int(share*float64(len(delays)-1))] }
	r.P50, r.P99, r.Max = at(0.5), at(0.99), delays[len(delays)-1]
}
