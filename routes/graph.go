package routes

import "slices"

// way is where messages of a route go: to an outlet's target, or its dead letters.
type way struct {
	outlet *Outlet
	to     string
	dead   bool
}

// waysOf are a route's, with those of dead letters if they are wanted.
func waysOf(route *Route, dead bool) []way {
	var all []way
	for i := range route.Outlets {
		o := &route.Outlets[i]
		all = append(all, way{o, o.To, false})
		if dead && o.DeadLetter != "" {
			all = append(all, way{o, o.DeadLetter, true})
		}
	}
	return all
}

// ends reports whether a filter lets only some messages take the way.
func (w *way) ends() bool { return w.outlet.When != nil && !w.dead }

// step is a way on from a route, by the numbers of both.
type step struct{ route, way int }

// graph is the routes, and which of them hear what others say.
type graph struct {
	list []Route
	table
	// dead: the ways of dead letters are among the others.
	dead bool
	ways [][]way
	// heard are, by route and way, the routes that hear what is said there, in the order of the file.
	heard [][][]int
	// part is the number of the strongly connected part that each route belongs to: cycles stay within one.
	part []int
}

func newGraph(list []Route, t table, dead bool) *graph {
	g := &graph{list: list, table: t, dead: dead, ways: make([][]way, len(list)), heard: make([][][]int, len(list))}
	all := newListeners(list, t)
	for r := range list {
		g.ways[r] = waysOf(&list[r], dead)
		g.heard[r] = make([][]int, len(g.ways[r]))
		for i, w := range g.ways[r] {
			if !w.ends() {
				g.heard[r][i] = all.hearing(t.ends[w.to])
			}
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

// shortest is the shortest cycle that begins with a way, nil where there is none.
func (g *graph) shortest(route, first int) []step {
	came := map[int]step{} // how each route was reached
	var queue []int
	reach := func(s step) {
		for _, h := range g.heard[s.route][s.way] {
			if _, known := came[h]; !known && g.part[h] == g.part[route] {
				came[h] = s
				queue = append(queue, h)
			}
		}
	}
	reach(step{route, first})
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		if r == route {
			return g.wayBack(came, step{route, first})
		}
		for w := range g.ways[r] {
			reach(step{r, w})
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
