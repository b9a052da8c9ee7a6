//go:build !linux

package bench

import "time"

// processorTime is 0: without /proc the time of another process is not to be had.
func processorTime(int) time.Duration { return 0 }

// ownTime is 0, because the sum would be of no use without the others'.
func ownTime() time.Duration { return 0 }
