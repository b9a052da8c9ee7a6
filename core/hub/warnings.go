package hub

import "github.com/araldo-relay/araldo/core"

// warnings counts those that were told by their words: the same one of two routes is two, and a line that is put in above
// one does not make it news.
type warnings map[string]int

// add counts one and returns how many there are of it.
func (w warnings) add(p core.Problem) int {
	words := p.Summary + "\n" + p.Detail
	w[words]++
	return w[words]
}

// warn logs the warnings among problems that were not told of the configuration that holds. holds: the problems are all
// that is said of that one now, so what is not among them is news when it comes back. Errors are told by who does not go
// on because of them.
func (h *Hub) warn(problems core.Problems, holds bool) {
	now := warnings{}
	for _, p := range problems {
		if p.Severity == core.SeverityError {
			continue
		}
		if n := now.add(p); n > h.told[p.Summary+"\n"+p.Detail] {
			h.log.Warn(p.Summary, "at", p.Position.String(), "detail", p.Detail)
		}
	}
	if !holds {
		for words, n := range h.told {
			now[words] = max(now[words], n)
		}
	}
	h.told = now
}
