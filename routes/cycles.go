package routes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// mostCycles is how many cycles are told of one configuration; who mends some may see others.
const mostCycles = 10

// CheckCycles finds ways on which a message comes back to where it began: outlets to endpoints that speak where the
// inbound of the same or another route hears. A filter is trusted to end its cycle. Of an end it uses all.
func CheckCycles(list []Route, ends []End) core.Problems {
	g := newGraph(list, newTable(ends))
	var ps core.Problems
	told := map[step]bool{}
	for r := range list {
		for o := range list[r].Outlets {
			if told[step{r, o}] {
				continue
			}
			cycle := g.shortest(r, o)
			for _, s := range cycle {
				told[s] = true
			}
			if cycle != nil {
				g.tell(&ps, cycle)
			}
			if len(ps) == mostCycles {
				return ps
			}
		}
	}
	return ps
}

// step is an outlet on the way, by the numbers of its route and in it.
type step struct{ route, outlet int }

// graph is the routes, and which of them hear what others say.
type graph struct {
	list []Route
	table
	// heard are, by route and outlet, the routes that hear what the outlet says, in the order of the file.
	heard [][][]int
	// part is the number of the strongly connected part that each route belongs to: cycles stay within one.
	part []int
}

func newGraph(list []Route, t table) *graph {
	g := &graph{list: list, table: t, heard: make([][][]int, len(list))}
	all := newListeners(list, t)
	for r, route := range list {
		g.heard[r] = make([][]int, len(route.Outlets))
		for i, o := range route.Outlets {
			if o.When != nil {
				continue
			}
			for _, place := range t.ends[o.To].SpeaksTo {
				all.of(place, func(hearer int) { g.heard[r][i] = append(g.heard[r][i], hearer) })
			}
			slices.Sort(g.heard[r][i])
			g.heard[r][i] = slices.Compact(g.heard[r][i])
		}
	}
	g.split()
	return g
}

// split finds the strongly connected parts (Tarjan's algorithm).
func (g *graph) split() {
	g.part = make([]int, len(g.list))
	s := splitting{graph: g, index: make([]int, len(g.list)), low: make([]int, len(g.list))}
	for r := range g.list {
		if s.index[r] == 0 {
			s.visit(r)
		}
	}
}

type splitting struct {
	*graph
	// index is when a route was first visited, from 1; low the earliest one on the stack that it leads to.
	index, low   []int
	stack        []int
	clock, parts int
}

func (s *splitting) visit(r int) {
	s.clock++
	s.index[r], s.low[r] = s.clock, s.clock
	s.stack = append(s.stack, r)
	for _, hearers := range s.heard[r] {
		for _, h := range hearers {
			if s.index[h] == 0 {
				s.visit(h)
				s.low[r] = min(s.low[r], s.low[h])
			} else if s.part[h] == 0 {
				s.low[r] = min(s.low[r], s.index[h])
			}
		}
	}
	if s.low[r] != s.index[r] {
		return
	}
	s.parts++
	for top := -1; top != r; {
		top = s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		s.part[top] = s.parts
	}
}

// shortest is the shortest cycle that begins with an outlet, nil where there is none.
func (g *graph) shortest(route, outlet int) []step {
	came := map[int]step{} // how each route was reached
	var queue []int
	reach := func(s step) {
		for _, h := range g.heard[s.route][s.outlet] {
			if _, known := came[h]; !known && g.part[h] == g.part[route] {
				came[h] = s
				queue = append(queue, h)
			}
		}
	}
	reach(step{route, outlet})
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		if r == route {
			return g.wayBack(came, step{route, outlet})
		}
		for o := range g.list[r].Outlets {
			reach(step{r, o})
		}
	}
	return nil
}

// wayBack is the steps from first round to first's own route.
func (g *graph) wayBack(came map[int]step, first step) []step {
	cycle := []step{came[first.route]}
	for cycle[0] != first {
		cycle = slices.Insert(cycle, 0, came[cycle[0].route])
	}
	return cycle
}

// tell adds what is to be said of a cycle.
func (g *graph) tell(ps *core.Problems, cycle []step) {
	at, way := g.outlet(cycle[0]).Position, g.describe(cycle)
	const mend = "break it with a filter (`when`) or separate channels"
	switch {
	case g.standsStill(cycle):
		ps.Errorf(at, "let one of the queues drop (`overflow: drop-oldest`), or "+mend,
			"messages go round within the hub and each outlet waits for the next, so all would stand still: %s", way)
	case g.counts(cycle):
		ps.Warnf(at, fmt.Sprintf("%s; the envelope counts hops, so each message is dropped after %d rounds at most", mend, core.MaxHops),
			"messages may go round: %s", way)
	default:
		ps.Warnf(at, mend+", or give each of these endpoints a marshalling with `envelope: cloudevents`: without it no hop count survives",
			"messages may go round for ever: %s", way)
	}
}

func (g *graph) outlet(s step) *Outlet { return &g.list[s.route].Outlets[s.outlet] }

// describe names the endpoints of a cycle in their order.
func (g *graph) describe(cycle []step) string {
	var b strings.Builder
	b.WriteString(g.list[cycle[0].route].Inbound)
	for i, s := range cycle {
		to, hearer := g.outlet(s).To, g.list[cycle[(i+1)%len(cycle)].route].Inbound
		b.WriteString(" -> " + to)
		if hearer != to {
			b.WriteString(", heard by " + hearer)
		}
	}
	return b.String()
}

// standsStill reports whether nothing on a cycle can give way: every outlet waits, and every place is the hub's own.
func (g *graph) standsStill(cycle []step) bool {
	for i, s := range cycle {
		if !g.waits(s) || !g.isWithin(cycle, i) {
			return false
		}
	}
	return true
}

// waits reports whether a full queue of the step holds its source back.
func (g *graph) waits(s step) bool {
	route, o := g.list[s.route], g.outlet(s)
	return PromiseOf(g.ends[route.Inbound], g.ends[o.To], *o).Overflow(*o) == core.OverflowBlock
}

// isWithin reports whether step i of a cycle goes on inside the hub.
func (g *graph) isWithin(cycle []step, i int) bool {
	return inHub(g.ends[g.outlet(cycle[i]).To].SpeaksTo) && inHub(g.hearer(cycle, i).HearsFrom)
}

// hearer is the inbound that hears step i of a cycle.
func (g *graph) hearer(cycle []step, i int) End {
	return g.ends[g.list[cycle[(i+1)%len(cycle)].route].Inbound]
}

func inHub(places []string) bool {
	return !slices.ContainsFunc(places, func(place string) bool { return !strings.HasPrefix(place, within) })
}

// counts reports whether messages keep their number of hops all the way round: in an envelope, which begins the count, or
// inside the hub.
func (g *graph) counts(cycle []step) bool {
	begins := false
	for i, s := range cycle {
		envelopes := g.ends[g.outlet(s).To].Envelope && g.hearer(cycle, i).Envelope
		if !g.hearer(cycle, i).TrustsHops || !envelopes && !g.isWithin(cycle, i) {
			return false
		}
		begins = begins || envelopes
	}
	return begins
}
