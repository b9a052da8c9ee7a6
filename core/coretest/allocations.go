package coretest

import "testing"

// ManyMessages is how many messages the batches for AllocatesPerBatch have.
const ManyMessages = 512

// AllocatesPerBatch fails the test if move, which moves a batch of ManyMessages, allocates for its messages and not just
// for the batch. The race detector's own allocations are within its limit. What other goroutines allocate counts too.
func AllocatesPerBatch(t testing.TB, move func()) {
	t.Helper()
	if n := testing.AllocsPerRun(50, move); n > ManyMessages/4 {
		t.Errorf("%v allocations for a batch of %d messages: something is allocated for each", n, ManyMessages)
	}
}
