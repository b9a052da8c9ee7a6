package delivery_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/delivery"
)

// fault: F12
func TestARestKeepsWhatIsQueuedForTheNextLane(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		rested := make(chan error)
		go func() { rested <- f.Rest(f.Context()) }()
		synctest.Wait()
		f.offer(2)
		f.arrived()
		select {
		case <-rested:
			t.Error("at rest with messages in flight")
		default:
		}
		f.confirm(2)
		if err := <-rested; err != nil {
			t.Error(err)
		}
		f.arrived()
		f.disconnect(false)
		f.connect()
		f.arrived(2, 3)
		f.confirm(2)
		f.accounts(core.Account{In: 4, Delivered: 4})
	})
}

func TestARestEndsWithTheLaneOrTheContext(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked, Order: core.OrderStrict}, func(f *fixture) {
		if err := f.Rest(f.Context()); err != nil {
			t.Errorf("without a lane: %v", err)
		}
		f.connect()
		f.offer(3)
		f.arrived(0, 1, 2)
		ctx, cancel := context.WithTimeout(f.Context(), time.Second)
		defer cancel()
		if err := f.Rest(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with messages in flight: %v", err)
		}
		f.refuse(2, retryable(core.ScopeMessage, core.AttemptedNo)) // with strict order, the end of the epoch
		time.Sleep(time.Minute)
		f.arrived()
		f.disconnect(true)
		if err := f.Rest(f.Context()); err != nil {
			t.Errorf("after the lane went down: %v", err)
		}
		f.connect()
		f.arrived(0, 1, 2)
	})
}
