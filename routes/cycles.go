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
// inbound of the same or another route hears, and dead letters that do. A filter is trusted to end its cycle, but not to
// have no errors, which are dead letters. Of an end it uses all.
func CheckCycles(list []Route, ends []End) core.Problems {
	var ps core.Problems
	t := newTable(ends)
	newGraph(list, t, false).search(&ps)
	newGraph(list, t, true).search(&ps)
	return ps
}

// search tells of the cycles of messages or, in a graph of dead letters too, of those that begin with a dead letter.
func (g *graph) search(ps *core.Problems) {
	told := map[step]bool{}
	for r := range g.list {
		for w := range g.ways[r] {
			if told[step{r, w}] || g.ways[r][w].dead != g.dead || len(*ps) == mostCycles {
				continue
			}
			cycle := g.shortest(r, w)
			for _, s := range cycle {
				told[s] = true
			}
			if cycle != nil {
				g.tell(ps, cycle)
			}
		}
	}
}

// tell adds what is to be said of a cycle.
func (g *graph) tell(ps *core.Problems, cycle []step) {
	first, around := g.way(cycle[0]), g.describe(cycle)
	at := first.outlet.Position
	const mend = "break it with a filter (`when`) or separate channels"
	switch {
	case first.dead:
		ps.Warnf(first.outlet.at("dead-letter"), "name another endpoint as `dead-letter`, or "+mend,
			"dead letters may go round for ever: %s", around)
	case g.standsStill(cycle):
		ps.Errorf(at, "let one of the queues drop (`overflow: drop-oldest`), or "+mend,
			"messages go round within the hub and each outlet waits for the next, so all would stand still: %s", around)
	case g.counts(cycle):
		ps.Warnf(at, fmt.Sprintf("%s; the envelope counts hops, so each message is dropped after %d rounds at most", mend, core.MaxHops),
			"messages may go round: %s", around)
	default:
		ps.Warnf(at, mend+", or give each of these endpoints a marshalling with `envelope: cloudevents`: without it no hop count survives",
			"messages may go round for ever: %s", around)
	}
}

func (g *graph) way(s step) *way { return &g.ways[s.route][s.way] }

// describe names the endpoints of a cycle in their order.
func (g *graph) describe(cycle []step) string {
	var b strings.Builder
	b.WriteString(g.list[cycle[0].route].Inbound)
	for i, s := range cycle {
		to, hearer := g.way(s).to, g.list[cycle[(i+1)%len(cycle)].route].Inbound
		b.WriteString(" -> " + to)
		if g.way(s).dead {
			b.WriteString(" (dead letter of " + g.way(s).outlet.Name + ")")
		}
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
	route, o := g.list[s.route], g.way(s).outlet
	return PromiseOf(g.ends[route.Inbound], g.ends[o.To], *o).Overflow(*o) == core.OverflowBlock
}

// isWithin reports whether step i of a cycle goes on inside the hub.
func (g *graph) isWithin(cycle []step, i int) bool {
	return inHub(g.ends[g.way(cycle[i]).to].SpeaksTo) && inHub(g.hearer(cycle, i).HearsFrom)
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
		envelopes := g.ends[g.way(s).to].Envelope && g.hearer(cycle, i).Envelope
		if !g.hearer(cycle, i).TrustsHops || !envelopes && !g.isWithin(cycle, i) {
			return false
		}
		begins = begins || envelopes
	}
	return begins
}
