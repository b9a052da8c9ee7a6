package host

import (
	"testing"
	"time"
)

func TestPausesGrowFromNothing(t *testing.T) {
	p := pauses{initial: 250 * time.Millisecond, max: 30 * time.Second}
	for i, longest := range []time.Duration{0, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
		4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		if got := p.next(); got > longest || got < longest/2 {
			t.Errorf("pause %d: %v, want %v to %v", i+1, got, longest/2, longest)
		}
	}
	p.reset()
	if got := p.next(); got != 0 {
		t.Errorf("after a reset: %v", got)
	}
}

func TestRestartsEndAtTheLimitAndHealthHeals(t *testing.T) {
	r := newRestarts(RestartPolicy{Initial: time.Second, Max: time.Second, Limit: 2, Window: 5 * time.Minute}, time.Minute)
	now := time.Now()
	next := func(after, ran time.Duration) (time.Duration, bool) {
		now = now.Add(after)
		return r.next(now, ran)
	}
	if pause, again := next(0, time.Second); !again || pause != 0 {
		t.Errorf("first: %v, %v", pause, again)
	}
	if pause, again := next(time.Second, time.Second); !again || pause == 0 {
		t.Errorf("second: %v, %v", pause, again)
	}
	if _, again := next(time.Second, time.Second); again {
		t.Error("a third restart within the window")
	}
	if pause, again := next(5*time.Minute, 4*time.Minute); !again || pause != 0 {
		t.Errorf("after health: %v, %v", pause, again)
	}
}

func TestNoLimitAndNoPauses(t *testing.T) {
	r := newRestarts(RestartPolicy{Window: time.Minute}, time.Minute)
	now := time.Now()
	for n := range 100_000 {
		if pause, again := r.next(now, 0); !again || pause != 0 {
			t.Fatalf("restart %d: %v, %v", n, pause, again)
		}
	}
	if len(r.times) > 0 {
		t.Errorf("%d times are kept that nothing asks for", len(r.times))
	}
}
