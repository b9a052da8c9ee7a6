package core_test

import (
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

func TestLatencyPutsEachTimeIntoTheBucketThatHoldsIt(t *testing.T) {
	for i := range core.LatencyBuckets - 1 {
		for _, c := range []struct {
			took   time.Duration
			bucket int
		}{
			{core.LatencyBound(i), i},
			{core.LatencyBound(i) + 1, i + 1},
		} {
			var l core.Latency
			l.Add(c.took, 3)
			if l.Counts[c.bucket] != 3 || l.Count() != 3 || l.Seconds != 3*c.took.Seconds() {
				t.Errorf("%v is not in bucket %d: %+v", c.took, c.bucket, l)
			}
		}
	}
}

func TestLatencyTakesWhatIsOutOfBounds(t *testing.T) {
	var l core.Latency
	l.Add(-time.Second, 1)
	l.Add(24*time.Hour, 2)
	if l.Counts[0] != 1 || l.Counts[core.LatencyBuckets-1] != 2 || l.Seconds != 48*3600 {
		t.Errorf("got %+v", l)
	}
}
