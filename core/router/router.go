package router

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
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
	// When lets only some messages through; nil: all.
	When *routes.Filter
	// Decoder is the source's, the same one at each of its outlets that need the messages' values: to send them, with
	// Values set, or only because When looks at them. nil: the outlet needs the bytes alone, and waits for no decoding.
	Decoder core.Converter
	Values  bool
	// Keeps: it gets the messages as their source gave them beside their values.
	Keeps bool
	// Window, where not nil, shows what does not come as far as Target.
	Window *core.Window
	// Asks makes requests of the messages; nil: they ask nothing. Answers brings replies to those who asked; nil where
	// Target's endpoint asks nothing anywhere.
	Asks    *Asker
	Answers *Answerer
}

// ticket is what the outlet hears of the one that all share: nothing where nobody waits for the outlet.
func (o *Outlet) ticket(shared core.Ticket) core.Ticket {
	if o.Blocks || o.Counts {
		return shared
	}
	return nil
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
	// stage is nil where no outlet needs values; holds: one of those that do holds the source back.
	stage *stage
	holds bool
}

// New returns a router whose table is empty.
func New(log *slog.Logger) *Router {
	r := &Router{log: log}
	r.table.Store(&table{})
	return r
}

// Swap replaces the table, by source, in one step: a batch goes by the old one or the new one. A source that keeps its
// decoder keeps the order of what is being decoded; what others have under way is returned. Sources without outlets are
// not routed. The map and its slices are not kept. One goroutine swaps at a time.
func (r *Router) Swap(routes map[string][]Outlet) *Retired {
	before := *r.table.Load()
	next := make(table, len(routes))
	for source, outlets := range routes {
		if len(outlets) > 0 {
			next[source] = newRoute(outlets, before[source])
		}
	}
	r.table.Store(&next)
	return before.retire(next)
}

func newRoute(outlets []Outlet, before *route) *route {
	rt := &route{outlets: append([]Outlet(nil), outlets...)}
	for _, o := range outlets {
		if o.Decoder != nil {
			rt.holds = rt.holds || o.Blocks
			rt.decode(o.Decoder, before)
		}
		if o.Blocks {
			rt.blocking++
		}
		if o.Counts {
			rt.counting++
		}
	}
	return rt
}

// decode gives the route its stage: the one before, if it has the same decoder.
func (rt *route) decode(decoder core.Converter, before *route) {
	switch {
	case rt.stage != nil:
	case before != nil && before.stage != nil && before.stage.decoder == decoder:
		rt.stage = before.stage
	default:
		rt.stage = &stage{decoder: decoder}
	}
}

// Accept hands a batch to all outlets of its source, in the order of the route. The batches of one source keep their
// order if they are given one after the other. Outlets that need values get them when they are decoded. Where no outlet
// takes the messages, they are counted and settled.
func (r *Router) Accept(batch core.Batch) {
	rt := (*r.table.Load())[batch.Source]
	if rt == nil {
		r.lose(batch)
		return
	}
	source := batch.Ticket
	shared := rt.ticket(batch)
	passed := hop(batch)
	seen := view{messages: passed.left()}
	for i := range rt.outlets {
		o := &rt.outlets[i]
		if o.Decoder != nil {
			continue
		}
		own := passed.Batch
		own.Ticket = o.ticket(shared)
		o.offer(o.exclude(own, passed.spent), &seen)
	}
	if rt.stage != nil {
		batch.Ticket = shared
		rt.stage.add(arrival{route: rt, Batch: batch})
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

// Drain waits until nothing is being decoded, or returns ctx's error if that ends first.
func (r *Router) Drain(ctx context.Context) error {
	for _, rt := range *r.table.Load() {
		if rt.stage == nil {
			continue
		}
		if err := rt.stage.drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close gives what still waits for its decoding to its outlets as it is, also what comes later. Decoders must be closed,
// and the outlets, which account for it and send nothing.
func (r *Router) Close() {
	for _, rt := range *r.table.Load() {
		if rt.stage != nil {
			rt.stage.close()
		}
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
