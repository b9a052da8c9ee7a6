package delivery

import "github.com/araldo-relay/araldo/core"

const (
	// deathLimit is how many deaths of its plugin a message is part of before it is a suspect.
	deathLimit = 3
	// crowd is how many suspects are in flight together at first: see together.
	crowd = 64
)

// together says how many suspects may be in flight with one that was part of so many deaths: an eighth at each further
// one, down to itself. Thousands need not go one by one to find one, and a plugin that is killed from outside again and
// again hardly ever leaves an innocent message behind alone.
func together(deaths int) int { return max(crowd>>(3*(deaths-deathLimit)), 1) }

func (c *chunk) suspect() bool { return c.deaths >= deathLimit }

// company says how many messages of c, the next chunk, may join those in flight. Suspects fly among themselves.
func (s *sender) company(c *chunk) int {
	searching, alone := s.searching(), s.open.len()+s.pending.len() == 0
	switch {
	case !c.suspect() && !searching:
		return len(c.messages)
	case alone:
		return together(c.deaths)
	case !c.suspect() || !searching:
		return 0
	}
	flying, limit := 0, together(c.deaths)
	for _, fs := range []*flights{&s.open, &s.pending} {
		for i := range fs.len() {
			flying += len(fs.at(i).messages)
			limit = min(limit, together(fs.at(i).deaths))
		}
	}
	return max(limit-flying, 0)
}

// searching reports whether suspects are in flight.
func (s *sender) searching() bool {
	return s.open.len() > 0 && s.open.at(0).suspect() || s.pending.len() > 0 && s.pending.at(0).suspect()
}

// blame counts a death of the plugin against all that was in flight, which is s.runs. A suspect that was alone is the cause.
func (s *sender) blame() {
	if len(s.runs) == 1 && len(s.runs[0].messages) == 1 && s.runs[0].suspect() {
		s.lastFailure = "the plugin died each time it was given the message"
		s.poison(&s.runs[0].chunk, core.ReasonCrashedPlugin)
		s.runs = s.runs[:0]
	}
	for i := range s.runs {
		s.runs[i].deaths++
	}
}
