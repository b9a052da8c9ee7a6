package main

import (
	"slices"
	"testing"
	"time"
)

func draw(name string, seed uint64, n int) []fault {
	s := newSchedule(plans(10 * time.Second)[name], seed)
	var drawn []fault
	for range n {
		drawn = append(drawn, s.next())
	}
	return drawn
}

func TestTheSeedReplaysThePlan(t *testing.T) {
	for _, name := range planNames() {
		if !slices.Equal(draw(name, 7, 200), draw(name, 7, 200)) {
			t.Errorf("%s: the same seed draws other faults", name)
		}
	}
	if slices.Equal(draw("mixed", 7, 20), draw("mixed", 8, 20)) {
		t.Error("mixed: another seed draws the same faults")
	}
}

func TestPlansDrawWhatCanBeMade(t *testing.T) {
	kinds := new(run).kinds()
	endpoints := []string{"", source, archive, mirror, browsers, broken}
	made := map[string]bool{}
	for _, name := range planNames() {
		for _, f := range draw(name, 1, 500) {
			made[f.kind] = true
			if kinds[f.kind] == nil || !slices.Contains(endpoints, f.target) {
				t.Fatalf("%s draws %+v", name, f)
			}
			if f.lasts < 0 || f.lasts > 10*time.Second || f.rest < 0 || f.rest > 5*time.Second {
				t.Fatalf("%s draws %+v", name, f)
			}
		}
	}
	for kind := range kinds {
		if !made[kind] {
			t.Errorf("no plan makes %s", kind)
		}
	}
}

func TestWeightsAreKept(t *testing.T) {
	counts := map[string]int{}
	for _, f := range draw("F1", 3, 4000) {
		counts[f.target]++
	}
	if n := counts[archive]; n < 2800 || n > 3200 {
		t.Errorf("%d of 4000 faults were at the archive, want about 3000", n)
	}
}
