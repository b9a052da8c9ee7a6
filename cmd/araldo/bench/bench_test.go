package bench

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/routes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func figures(longest int64, list ...control.Figure) []control.Figure {
	return append(list, control.Figure{Name: "latency-longest", Value: longest}, control.Figure{Name: "received", Value: 7})
}

func TestQuantilesOfWhatCameSince(t *testing.T) {
	before := LatencyOf(figures(900, control.Figure{Name: "latency-1000", Value: 50}))
	now := LatencyOf(figures(7900, control.Figure{Name: "latency-1000", Value: 50}, control.Figure{Name: "latency-2000", Value: 90},
		control.Figure{Name: "latency-4000", Value: 9}, control.Figure{Name: "latency-8000", Value: 1}))
	l := now.since(before)
	for share, want := range map[float64]time.Duration{0: 2000, 0.5: 2000, 0.89: 2000, 0.9: 4000, 0.98: 4000, 0.99: 7900, 1: 7900} {
		if got := l.Quantile(share); got != want {
			t.Errorf("%v: %d, want %d", share, got, want)
		}
	}
	if l.Count() != 100 || l.Between(2000, 4000) != 9 || l.Between(0, 1000) != 0 {
		t.Errorf("counts %v", l.counts)
	}
	if (Latency{}).Quantile(0.5) != 0 || (Latency{}).Count() != 0 {
		t.Error("an empty histogram has times")
	}
	// The longest was before.
	if l := LatencyOf(figures(99_000, control.Figure{Name: "latency-2000", Value: 1})).since(Latency{}); l.Longest != 2000 {
		t.Errorf("longest %d", l.Longest)
	}
}

func TestTheWindowIsBelowEveryQueue(t *testing.T) {
	route := &routes.Route{Outlets: []routes.Outlet{{Queue: routes.Queue{Messages: 1024, Bytes: 8 << 20}}, {Queue: routes.Queue{Messages: 100, Bytes: 64 << 10}}}}
	for size, want := range map[int]int{128: 50, 1024: 32, 1 << 20: 1} {
		if got := underWay(route, size); got != want {
			t.Errorf("messages of %d: %d under way, want %d", size, got, want)
		}
	}
}

func TestWhatIsLost(t *testing.T) {
	a := control.Account{In: 10, Delivered: 3, Filtered: 1, Expired: 1, DeadLettered: 1, Dropped: map[string]uint64{"overflow": 3, "undecodable": 1}}
	if got := lost(a); got != 4 {
		t.Errorf("%d lost", got)
	}
}
