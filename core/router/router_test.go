package router_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/router"
	"pgregory.net/rapid"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// parity: A3 K19
func TestWholeBatchesGoToAllOutletsOfTheirSource(t *testing.T) {
	var first, second, other coretest.Outlet
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{
		"orders": {{Target: &first}, {Target: &second}},
		"news":   {{Target: &other}},
	})
	batch := coretest.Batch("orders", 0, 3, 10)
	r.Accept(batch)
	for _, outlet := range []*coretest.Outlet{&first, &second} {
		got := outlet.Take()
		if len(got) != 1 || &got[0].Messages[0] != &batch.Messages[0] || len(got[0].Messages) != 3 || got[0].Pinned != 30 {
			t.Errorf("got %v", got)
		}
	}
	if got := other.Take(); len(got) != 0 {
		t.Errorf("another route got %v", got)
	}
}

// parity: A2
func TestSwapReplacesTheWholeTable(t *testing.T) {
	var before, after coretest.Outlet
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {{Target: &before}}, "b": {{Target: &before}}})
	routes := map[string][]router.Outlet{"a": {{Target: &after}}, "empty": {}}
	r.Swap(routes)
	routes["a"][0].Target = &before
	for _, source := range []string{"a", "b", "empty"} {
		r.Accept(coretest.Batch(source, 0, 2, 1))
	}
	if len(before.Take()) != 0 || len(after.Take()) != 1 {
		t.Error("a batch went by the old table")
	}
	if r.Unrouted("a") != 0 || r.Unrouted("b") != 2 || r.Unrouted("empty") != 2 {
		t.Error("what the new table does not route was not counted")
	}
}

// parity: K20
func TestUnroutedIsCountedSettledAndWarnedOfOnce(t *testing.T) {
	var log bytes.Buffer
	r := router.New(slog.New(slog.NewTextHandler(&log, nil)))
	var ticket coretest.Ticket
	for range 3 {
		batch := coretest.Batch("lonely", 0, 4, 1)
		batch.Ticket = &ticket
		r.Accept(batch)
	}
	r.Accept(coretest.Batch("lonely", 0, 1, 1))
	if got := r.Unrouted("lonely"); got != 13 {
		t.Errorf("%d unrouted, want 13", got)
	}
	if ticket.TimesQueued() != 3 || ticket.TimesSettled(0) != 3 || ticket.Total() != 12 {
		t.Error("the source waits for what nobody takes")
	}
	if got := strings.Count(log.String(), "lonely"); got != 1 {
		t.Errorf("warned %d times:\n%s", got, log.String())
	}
}

func TestSourceOfOutletsThatDoNotWaitIsToldAtOnce(t *testing.T) {
	var live, waits coretest.Outlet
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {{Target: &live}}, "b": {{Target: &live}, {Target: &waits, Blocks: true}}})
	told := func(source string, queued, settled int) {
		t.Helper()
		var ticket coretest.Ticket
		batch := coretest.Batch(source, 0, 3, 1)
		batch.Ticket = &ticket
		r.Accept(batch)
		if ticket.TimesQueued() != queued || ticket.Total() != settled {
			t.Errorf("%s: queued %d, settled %d", source, ticket.TimesQueued(), ticket.Total())
		}
	}
	told("a", 1, 3)
	told("b", 0, 3)
	for _, batch := range live.Take() {
		if batch.Ticket != nil {
			t.Error("an outlet that nobody waits for got a ticket")
		}
	}
	if waits.Take()[0].Ticket == nil {
		t.Error("an outlet that its source waits for got no ticket")
	}
}

// parity: A3
func TestTicketsFanIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outlets := make([]router.Outlet, rapid.IntRange(1, 5).Draw(t, "outlets"))
		for i := range outlets {
			outlets[i] = router.Outlet{Target: &coretest.Outlet{}, Blocks: rapid.Bool().Draw(t, "blocks"),
				Counts: rapid.Bool().Draw(t, "counts")}
		}
		r := router.New(quiet())
		r.Swap(map[string][]router.Outlet{"a": outlets})
		size := rapid.IntRange(1, 6).Draw(t, "size")
		batch := coretest.Batch("a", 0, size, 1)
		var ticket coretest.Ticket
		batch.Ticket = &ticket
		r.Accept(batch)
		f := newFan(t, outlets, size)
		for f.check(t, &ticket); f.step(t); f.check(t, &ticket) {
		}
	})
}

// fan is what the outlets have yet to say, and what follows for the source.
type fan struct {
	queues  []core.Ticket
	settles []core.Ticket
	next    []int // how far each of settles is
	size    int
}

func newFan(t *rapid.T, outlets []router.Outlet, size int) *fan {
	f := &fan{size: size}
	for _, o := range outlets {
		got := o.Target.(*coretest.Outlet).Take()
		if len(got) != 1 {
			t.Fatalf("an outlet got %d batches", len(got))
		}
		if o.Blocks {
			f.queues = append(f.queues, got[0].Ticket)
		}
		if o.Counts {
			f.settles = append(f.settles, got[0].Ticket)
			f.next = append(f.next, 0)
		}
	}
	return f
}

// step lets one outlet say something; false where all is said.
func (f *fan) step(t *rapid.T) bool {
	var open []int
	for i, next := range f.next {
		if next < f.size {
			open = append(open, i)
		}
	}
	if len(f.queues) > 0 && (len(open) == 0 || rapid.Bool().Draw(t, "queue")) {
		f.queues[0].Queued()
		f.queues = f.queues[1:]
		return true
	}
	if len(open) == 0 {
		return false
	}
	i := rapid.SampledFrom(open).Draw(t, "who")
	count := rapid.IntRange(1, f.size-f.next[i]).Draw(t, "count")
	f.settles[i].Settled(f.next[i], count)
	f.next[i] += count
	return true
}

func (f *fan) check(t *rapid.T, ticket *coretest.Ticket) {
	queued := 0
	if len(f.queues) == 0 {
		queued = 1
	}
	if ticket.TimesQueued() != queued {
		t.Fatalf("queued %d times, want %d", ticket.TimesQueued(), queued)
	}
	for i := range f.size {
		want := 1
		for _, next := range f.next {
			if next <= i {
				want = 0
			}
		}
		if got := ticket.TimesSettled(i); got != want {
			t.Fatalf("message %d was settled %d times, want %d", i, got, want)
		}
	}
}

// For the race detector: sources, a swap and readers at once.
func TestConcurrentUse(t *testing.T) {
	var outlet coretest.Outlet
	r := router.New(quiet())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				r.Accept(coretest.Batch("a", 0, 1, 1))
				r.Unrouted("a")
				r.Swap(map[string][]router.Outlet{"a": {{Target: &outlet}}})
			}
		})
	}
	all.Wait()
	if got := uint64(len(outlet.Take())) + r.Unrouted("a"); got != 800 {
		t.Errorf("%d of 800 messages are accounted for", got)
	}
}

// nowhere takes batches and forgets them.
type nowhere struct{}

func (nowhere) Offer(core.Batch) {}

// told is a ticket that forgets what it hears.
type told struct{}

func (told) Queued()          {}
func (told) Settled(_, _ int) {}

// passing are routes that hand on whole batches.
var passing = map[string][]router.Outlet{
	"one":        {{Target: nowhere{}, Blocks: true}},
	"four":       {{Target: nowhere{}}, {Target: nowhere{}}, {Target: nowhere{}}, {Target: nowhere{}}},
	"two-waited": {{Target: nowhere{}, Blocks: true, Counts: true}, {Target: nowhere{}, Blocks: true, Counts: true}},
}

func TestAcceptAllocatesNothingPerMessage(t *testing.T) {
	for name, outlets := range passing {
		t.Run(name, func(t *testing.T) {
			r := router.New(quiet())
			r.Swap(map[string][]router.Outlet{"a": outlets})
			batch := coretest.Batch("a", 0, coretest.ManyMessages, 128)
			batch.Ticket = told{}
			coretest.AllocatesPerBatch(t, func() { r.Accept(batch) })
		})
	}
}

// One operation is a batch of 64 messages.
func BenchmarkAccept(b *testing.B) {
	for name, outlets := range passing {
		b.Run(name, func(b *testing.B) {
			r := router.New(quiet())
			r.Swap(map[string][]router.Outlet{"a": outlets})
			batch := coretest.Batch("a", 0, 64, 128)
			batch.Ticket = told{}
			b.ReportAllocs()
			for b.Loop() {
				r.Accept(batch)
			}
		})
	}
}
