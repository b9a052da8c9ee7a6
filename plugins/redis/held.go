package redis

import (
	"sort"
	"sync"
)

// held are the entries that this endpoint has read and that Redis has not been told to be settled: what it must not
// hand on again though Redis still counts them as pending. Entries are read in order and mostly settled in order, so this
// is a list by position, in which settled ones leave holes until half of it is holes. Any goroutine may use it.
type held struct {
	mu   sync.Mutex
	list []holding
	// holes are settled, and kept while comparing: an answer that is under way may still have them.
	holes     int
	comparing bool
}

type holding struct {
	position
	settled bool
}

// take notes an entry and reports whether it is to be handed on: not where it is held already.
func (h *held) take(p position) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.list)
	if n == 0 || h.list[n-1].before(p) {
		h.list = append(h.list, holding{position: p})
		return true
	}
	i := h.search(p)
	if h.list[i].position != p {
		h.list = append(h.list, holding{})
		copy(h.list[i+1:], h.list[i:])
		h.list[i] = holding{position: p}
		return true
	}
	if !h.list[i].settled || h.comparing {
		return false
	}
	h.list[i].settled = false
	h.holes--
	return true
}

// search finds the first one that is not before p.
func (h *held) search(p position) int {
	if len(h.list) > 0 && !h.list[0].before(p) {
		return 0
	}
	return sort.Search(len(h.list), func(i int) bool { return !h.list[i].before(p) })
}

// settle takes entries out that Redis knows to be settled.
func (h *held) settle(tokens []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, token := range tokens {
		if i := h.find(token); i >= 0 && !h.list[i].settled {
			h.list[i].settled = true
			h.holes++
		}
	}
	h.tidy()
}

// release takes entries out that are to be handed on again.
func (h *held) release(tokens []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, token := range tokens {
		if i := h.find(token); i >= 0 && !h.list[i].settled {
			// No hole is left: it is to be handed on again, also while comparing.
			h.list = append(h.list[:i], h.list[i+1:]...)
		}
	}
}

func (h *held) find(token string) int {
	p, is := parsePosition(token)
	if i := h.search(p); is && i < len(h.list) && h.list[i].position == p {
		return i
	}
	return -1
}

// compare keeps settled entries until it is ended: what Redis answers meanwhile may be older than their settlement.
func (h *held) compare(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.comparing = on
	h.tidy()
}

// tidy closes holes when they are half of all.
func (h *held) tidy() {
	if h.comparing || 2*h.holes < len(h.list) {
		return
	}
	kept := h.list[:0]
	for _, x := range h.list {
		if !x.settled {
			kept = append(kept, x)
		}
	}
	h.list, h.holes = kept, 0
}

// all is a copy of what is held.
func (h *held) all() []position {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]position, 0, len(h.list)-h.holes)
	for _, x := range h.list {
		if !x.settled {
			list = append(list, x.position)
		}
	}
	return list
}

func (h *held) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.list) - h.holes
}
