package mock

import (
	"math"
	"testing"
)

func TestRoomInAWindow(t *testing.T) {
	w := &window{limit: 8, moved: make(chan struct{}, 1)}
	for _, step := range []struct{ told, made, room int64 }{
		{0, 0, 8}, {0, 5, 3}, {0, 7, 0}, {0, 8, 0}, {1, 8, 0}, {2, 8, 2}, {1, 8, 2}, {8, 8, 8},
	} {
		w.advance(step.told)
		if room := w.room(step.made); room != step.room {
			t.Errorf("told %d, made %d: room for %d, want %d", step.told, step.made, room, step.room)
		}
	}
}

func TestLatencyBuckets(t *testing.T) {
	before := -1
	for _, took := range []uint64{0, 1, 31, 32, 33, 63, 64, 65, 1000, 1023, 1024, 1_000_000, 60_000_000_000, math.MaxInt64} {
		bucket := latencyBucket(took)
		if bucket < before || latencyBound(bucket) < took || bucket > 0 && latencyBound(bucket-1) >= took {
			t.Errorf("%d is in bucket %d, up to %d", took, bucket, latencyBound(bucket))
		}
		if width := latencyBound(bucket) - took; width > took/latencyParts+1 {
			t.Errorf("bucket %d is too wide: %d over %d", bucket, width, took)
		}
		before = bucket
	}
}
