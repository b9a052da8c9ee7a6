package router

import (
	"sync"

	"github.com/araldo-relay/araldo/core"
)

// ticket is what the outlets that a source waits for get: the source's own where no two of them say the same thing.
func (rt *route) ticket(batch core.Batch) core.Ticket {
	if batch.Ticket == nil || rt.blocking <= 1 && rt.counting <= 1 {
		return batch.Ticket
	}
	return &fanIn{source: batch.Ticket, blocking: rt.blocking, counting: rt.counting, size: len(batch.Messages)}
}

// fanIn tells the source's ticket what holds for all outlets: queued when all that block have queued, settled when all
// that count have settled.
type fanIn struct {
	source core.Ticket
	// counting is how many outlets settle each of size messages.
	counting, size int

	mu       sync.Mutex
	blocking int // outlets that have not queued yet
	// whole is how many outlets settled the whole batch at once, parts how often each message was settled besides. An
	// outlet settles a message once, so the sum reaches counting once.
	whole int
	parts []uint16
}

// Queued implements core.Ticket.
func (f *fanIn) Queued() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.blocking--; f.blocking == 0 {
		f.source.Queued()
	}
}

// Settled implements core.Ticket.
func (f *fanIn) Settled(first, count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if count == f.size {
		f.whole++
	} else {
		f.add(first, count)
	}
	if f.parts != nil {
		f.pass(first, first+count)
	} else if f.whole == f.counting {
		f.source.Settled(0, f.size)
	}
}

func (f *fanIn) add(first, count int) {
	if f.parts == nil {
		f.parts = make([]uint16, f.size)
	}
	for i := first; i < first+count; i++ {
		f.parts[i]++
	}
}

// pass tells the source of the runs between from and to that are settled everywhere now.
func (f *fanIn) pass(from, to int) {
	for from < to {
		start := from
		for from < to && f.whole+int(f.parts[from]) == f.counting {
			from++
		}
		if from > start {
			f.source.Settled(start, from-start)
		}
		from++
	}
}
