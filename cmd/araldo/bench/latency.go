package bench

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// Latency is a histogram of times by the longest time of each bucket. The zero value is empty.
type Latency struct {
	counts map[time.Duration]int64
	// Longest time of all since the mock was opened.
	Longest time.Duration
}

// latencyFigure begins the names of a mock's figures of latency.
const latencyFigure = "latency-"

// LatencyOf reads the figures of a mock with `latency`.
func LatencyOf(figures []control.Figure) Latency {
	l := Latency{counts: map[time.Duration]int64{}}
	for _, f := range figures {
		bound, is := strings.CutPrefix(f.Name, latencyFigure)
		if !is {
			continue
		}
		if ns, err := strconv.ParseInt(bound, 10, 64); err == nil {
			l.counts[time.Duration(ns)] = f.Value
		} else {
			l.Longest = time.Duration(f.Value)
		}
	}
	return l
}

// since is what came after an earlier state of the same histogram.
func (l Latency) since(before Latency) Latency {
	after := Latency{counts: map[time.Duration]int64{}, Longest: l.Longest}
	for bound, n := range l.counts {
		if n -= before.counts[bound]; n > 0 {
			after.counts[bound] = n
		}
	}
	if bounds := after.bounds(); len(bounds) > 0 {
		after.Longest = min(after.Longest, bounds[len(bounds)-1])
	}
	return after
}

// bounds are those of the buckets that hold something, ascending.
func (l Latency) bounds() []time.Duration { return slices.Sorted(maps.Keys(l.counts)) }

// Count is how many times were counted.
func (l Latency) Count() int64 {
	sum := int64(0)
	for _, n := range l.counts {
		sum += n
	}
	return sum
}

// Quantile is the time that a share of all, from 0 to 1, did not exceed, to a thirty-second; 0 where there is none.
func (l Latency) Quantile(share float64) time.Duration {
	wanted := int64(share * float64(l.Count()))
	for _, bound := range l.bounds() {
		if wanted -= l.counts[bound]; wanted < 0 {
			return min(bound, l.Longest)
		}
	}
	return l.Longest
}

// Between is how many took more than least and up to most.
func (l Latency) Between(least, most time.Duration) int64 {
	sum := int64(0)
	for bound, n := range l.counts {
		if bound > least && bound <= most {
			sum += n
		}
	}
	return sum
}
