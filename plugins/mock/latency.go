package mock

import (
	"math/bits"
	"strconv"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Each power of two of nanoseconds is divided into 32 buckets of equal width, so that a bucket is at most a
// thirty-second of its times wide.
const (
	latencyBits  = 5
	latencyParts = 1 << latencyBits
)

// latency counts how long messages took, by bucket.
type latency struct {
	mu      sync.Mutex
	counts  [64 * latencyParts]int64
	longest time.Duration
}

func (l *latency) take(messages []sdk.Message, now time.Time) {
	at := now.UnixNano()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range messages {
		took := max(at-messages[i].Time, 0)
		l.counts[latencyBucket(uint64(took))]++
		l.longest = max(l.longest, time.Duration(took))
	}
}

// latencyBucket finds the bucket of a time: the power of two, then the five bits behind its first.
func latencyBucket(took uint64) int {
	power := bits.Len64(took >> latencyBits)
	if power == 0 {
		return int(took)
	}
	return power<<latencyBits + int(took>>(power-1))&(latencyParts-1)
}

// latencyBound is the longest time that a bucket holds.
func latencyBound(bucket int) uint64 {
	power, part := bucket>>latencyBits, uint64(bucket&(latencyParts-1))
	if power == 0 {
		return part
	}
	return (latencyParts+part+1)<<(power-1) - 1
}

// figures are the buckets in which there is something, each named for its longest time in nanoseconds, and the longest of all.
func (l *latency) figures() []sdk.Figure {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []sdk.Figure{{Name: "latency-longest", Value: int64(l.longest)}}
	for bucket, n := range l.counts {
		if n > 0 {
			name := "latency-" + strconv.FormatUint(latencyBound(bucket), 10)
			list = append(list, sdk.Figure{Name: name, Value: n, Counter: true})
		}
	}
	return list
}
