package core

import (
	"math/bits"
	"time"
)

// The bounds of Latency: the first bucket holds what took up to 100 µs, each further one twice as much, the last but one
// up to 52 s, and the last the rest.
const (
	latencyFirst   = 100 * time.Microsecond
	LatencyBuckets = 21
)

// Latency is a histogram of times. The zero value is empty.
type Latency struct {
	// Counts are by bucket, not cumulated.
	Counts [LatencyBuckets]uint64
	// Seconds is the sum of all times. A whole number of nanoseconds would overflow within hours.
	Seconds float64
}

// Add counts n things that took d each; a negative d counts as 0.
func (l *Latency) Add(d time.Duration, n int) {
	d = max(d, 0)
	l.Counts[latencyBucket(d)] += uint64(n)
	l.Seconds += d.Seconds() * float64(n)
}

// Merge adds what another one counted.
func (l *Latency) Merge(other *Latency) {
	for i := range l.Counts {
		l.Counts[i] += other.Counts[i]
	}
	l.Seconds += other.Seconds
}

// Count is how many things were counted.
func (l *Latency) Count() uint64 {
	sum := uint64(0)
	for _, n := range l.Counts {
		sum += n
	}
	return sum
}

// LatencyBound is the longest time that bucket i holds; the last one has none.
func LatencyBound(i int) time.Duration { return latencyFirst << i }

func latencyBucket(d time.Duration) int {
	if d <= latencyFirst {
		return 0
	}
	return min(bits.Len64(uint64((d-1)/latencyFirst)), LatencyBuckets-1)
}
