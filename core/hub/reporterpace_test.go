package hub

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// kept is an inlet that keeps what it gets. Its outlets block until the test says that they have queued.
type kept struct{ batches []core.Batch }

func (k *kept) Accept(batch core.Batch) { k.batches = append(k.batches, batch) }

func openReporter(t *testing.T, most int) (*reporter, *kept) {
	t.Helper()
	inlet := &kept{}
	p := &reporter{
		name: "accounts", every: time.Second, most: most, inlet: inlet,
		report:      func(context.Context) report { return report{} },
		incarnation: func(string) (uint64, error) { return 3, nil },
		tally:       &tally{},
	}
	p.enabled.Store(true)
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background(), host.CloseShutdown) })
	return p, inlet
}

func passes(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}

func TestAReportWaitsUntilTheLastOneIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, inlet := openReporter(t, 1<<20)
		passes(10*time.Second + time.Millisecond)
		if n := len(inlet.batches); n != 1 {
			t.Fatalf("%d reports though the first one waits, want 1", n)
		}
		inlet.batches[0].Ticket.Queued()
		passes(time.Second)
		if n := len(inlet.batches); n != 2 {
			t.Fatalf("%d reports, want 2", n)
		}
		first, second := inlet.batches[0].Messages[0].ID, inlet.batches[1].Messages[0].ID
		if first.IsZero() || second != first.Add(1) {
			t.Errorf("ids %s and %s", first, second)
		}
		if s := p.Status(); s.Received != 2 || s.ReceivedBytes == 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestAReportThatIsTooLargeIsCountedAndNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, inlet := openReporter(t, 10)
		passes(2*time.Second + time.Millisecond)
		if s := p.Status(); len(inlet.batches) != 0 || s.Rejected["too-large"] != 2 || s.Received != 0 {
			t.Errorf("%d reports, %+v", len(inlet.batches), s)
		}
	})
}

func TestNoReportComesAfterTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, inlet := openReporter(t, 1<<20)
		if err := p.Drain(t.Context(), core.DirectionInbound); err != nil {
			t.Fatal(err)
		}
		passes(time.Minute)
		if n := len(inlet.batches); n != 0 || p.Status().State != core.StateDraining {
			t.Errorf("%d reports, state %s", n, p.Status().State)
		}
	})
}
