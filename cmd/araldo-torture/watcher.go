package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// watchEvery is how often the hub is looked at.
const watchEvery = 250 * time.Millisecond

// sample is what the hub's processes use at one moment.
type sample struct {
	Memory      int64 `json:"memory"`
	Goroutines  int   `json:"goroutines"`
	Descriptors int   `json:"descriptors"`
}

// watcher looks at the hub all the time: its accounts must close in every sample.
type watcher struct {
	hub *hub

	mu sync.Mutex
	// samples counts the looks; open holds, in words, accounts that did not close, up to a few of them, and residue is the
	// largest of them.
	samples int
	residue int64
	open    []string
	// memory is that of the hub and its plugins, one figure per look.
	memory []int64
	// dropped holds what live outlets dropped, by outlet and reason, summed over the hub's lives.
	dropped  map[string]uint64
	previous control.Status
}

func newWatcher(h *hub) *watcher { return &watcher{hub: h, dropped: map[string]uint64{}} }

// run looks until ctx ends.
func (w *watcher) run(ctx context.Context) {
	for pause(ctx, watchEvery) {
		w.look(ctx)
	}
}

// look takes one sample; a hub that is down has none.
func (w *watcher) look(ctx context.Context) {
	status, err := w.hub.status(ctx)
	if err != nil {
		return
	}
	total := int64(0)
	for _, pid := range tree(status) {
		total += memory(pid)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.samples++
	w.memory = append(w.memory, total)
	for _, route := range status.Routes {
		for _, o := range route.Outlets {
			w.judge(o)
		}
	}
	w.sumUp(status)
}

// judge notes an account that does not close.
func (w *watcher) judge(o control.Outlet) {
	left := residue(o.Account)
	if left == 0 {
		return
	}
	w.residue = max(w.residue, left, -left)
	if len(w.open) < 5 {
		w.open = append(w.open, fmt.Sprintf("%s: residue %d in %+v", o.Name, left, o.Account))
	}
}

// residue is what an account leaves unexplained.
func residue(a control.Account) int64 {
	sum := a.Delivered + a.Filtered + a.DeadLettered + a.Expired + a.Queued + a.InFlight
	for _, n := range a.Dropped {
		sum += n
	}
	return int64(a.In) - int64(sum)
}

// sumUp adds what was dropped since the last look. A hub that was started again begins at zero.
func (w *watcher) sumUp(status control.Status) {
	before := drops(w.previous)
	if w.previous.PID != status.PID {
		before = nil
	}
	for key, n := range drops(status) {
		w.dropped[key] += n - before[key]
	}
	w.previous = status
}

func drops(status control.Status) map[string]uint64 {
	all := map[string]uint64{}
	for _, route := range status.Routes {
		for _, o := range route.Outlets {
			for reason, n := range o.Account.Dropped {
				all[o.Name+" "+reason] += n
			}
		}
	}
	return all
}

// tree are the processes of a hub: its own and its plugins'.
func tree(status control.Status) []int {
	pids := []int{status.PID}
	for _, p := range status.Plugins {
		if p.PID != 0 {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

// growth compares the memory of the last quarter of the looks with that of the second, medians, and tells the most. In the
// first quarter heaps and queues grow to what they need.
func (w *watcher) growth() (early, late, most int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.memory) == 0 {
		return 0, 0, 0
	}
	quarter := len(w.memory) / 4
	return median(w.memory[quarter : 2*quarter+1]), median(w.memory[len(w.memory)-quarter-1:]), slices.Max(w.memory)
}

func median(values []int64) int64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// figures are the looks, the largest residue, accounts that did not close, and what was dropped.
func (w *watcher) figures() (looks int, residue int64, open []string, dropped map[string]uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.samples, w.residue, slices.Clone(w.open), maps.Clone(w.dropped)
}
