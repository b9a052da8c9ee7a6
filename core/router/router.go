package router

import (
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// Target takes batches without blocking.
type Target interface {
	Offer(batch core.Batch)
}

// Outlet is one target of a route and what the source's ticket hears from it: with Blocks, Queued once per batch; with
// Counts, Settled once per message.
type Outlet struct {
	Target         Target
	Blocks, Counts bool
}

// Router hands batches to the outlets of their source. Its methods may be called from any goroutine and do not block.
type Router struct {
	log   *slog.Logger
	table atomic.Pointer[table]
	// unrouted counts, by source, the messages that no outlet took.
	unrouted sync.Map // string -> *atomic.Uint64
}

// table is what one Swap brought. Nothing in it changes.
type table map[string]*route

// route is the outlets of one source.
type route struct {
	outlets  []Outlet
	blocking int
	counting int
}

// New returns a router whose table is empty.
func New(log *slog.Logger) *Router {
	r := &Router{log: log}
	r.table.Store(&table{})
	return r
}

// Swap replaces the table, by source, in one step: a batch goes by the old one or the new one. Sources without outlets
// are not routed. The map and its slices are not kept.
func (r *Router) Swap(routes map[string][]Outlet) {
	next := make(table, len(routes))
	for source, outlets := range routes {
		if len(outlets) > 0 {
			next[source] = newRoute(outlets)
		}
	}
	r.table.Store(&next)
}

func newRoute(outlets []Outlet) *route {
	rt := &route{outlets: append([]Outlet(nil), outlets...)}
	for _, o := range outlets {
		if o.Blocks {
			rt.blocking++
		}
		if o.Counts {
			rt.counting++
		}
	}
	return rt
}

// Accept hands a batch to all outlets of its source, in the order of the route. The batches of one source keep their
// order if they are given one after the other. Where no outlet takes them, they are counted and settled.
func (r *Router) Accept(batch core.Batch) {
	rt := (*r.table.Load())[batch.Source]
	if rt == nil {
		r.lose(batch)
		return
	}
	source := batch.Ticket
	shared := rt.ticket(batch)
	for i := range rt.outlets {
		o := &rt.outlets[i]
		if batch.Ticket = nil; o.Blocks || o.Counts {
			batch.Ticket = shared
		}
		o.Target.Offer(batch)
	}
	if source == nil {
		return
	}
	if rt.blocking == 0 {
		source.Queued()
	}
	if rt.counting == 0 {
		source.Settled(0, len(batch.Messages))
	}
}

// lose counts what no route takes, and says so the first time.
func (r *Router) lose(batch core.Batch) {
	count, known := r.unrouted.Load(batch.Source)
	if !known {
		count, known = r.unrouted.LoadOrStore(batch.Source, new(atomic.Uint64))
	}
	if !known {
		r.log.Warn("no route takes the messages of this endpoint; they are counted as unrouted", "endpoint", batch.Source)
	}
	count.(*atomic.Uint64).Add(uint64(len(batch.Messages)))
	if batch.Ticket != nil {
		batch.Ticket.Queued()
		batch.Ticket.Settled(0, len(batch.Messages))
	}
}

// Unrouted is how many messages of a source no outlet took.
func (r *Router) Unrouted(source string) uint64 {
	count, found := r.unrouted.Load(source)
	if !found {
		return 0
	}
	return count.(*atomic.Uint64).Load()
}
