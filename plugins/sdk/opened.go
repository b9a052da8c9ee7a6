package sdk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// opened is what an author's open function returned, with the goroutines that serve it.
type opened struct {
	instance   *instance
	value      any
	source     Source // nil where it is none
	sink       Sink   // nil where it is none
	laner      Laner  // nil where all lanes share the sink
	marshaller Marshaller
	courier    *courier // nil without a source; it runs from the first Receive on

	// sending ends when the value is about to be closed, and with it the contexts of the Sends in progress.
	sending context.Context
	endSend context.CancelFunc

	stop     context.CancelFunc // ends Receive
	received chan struct{}      // closed when Receive has returned for good; nil before the first
}

// newOpened checks that the value has the directions that its id promises.
func newOpened(i *instance, value any) (*opened, error) {
	o := &opened{instance: i, value: value, stop: func() {}}
	o.sending, o.endSend = context.WithCancel(context.Background())
	if value == nil {
		return nil, fmt.Errorf("the function that opens %s returned neither a value nor an error", i.typ.info.ID)
	}
	if i.typ.info.Kind == core.KindMarshalling {
		o.marshaller = value.(Marshaller)
		return o, nil
	}
	can := i.typ.info.Capabilities
	if can.Inbound == nil && can.Outbound == nil {
		return nil, fmt.Errorf("%s promises neither an inbound nor an outbound: give its Capabilities one", i.typ.info.ID)
	}
	source, isSource := value.(Source)
	sink, isSink := value.(Sink)
	laner, isLaner := value.(Laner)
	if can.Inbound != nil && !isSource {
		return nil, fmt.Errorf("%s promises an inbound, and %T has no Receive", i.typ.info.ID, value)
	}
	if can.Outbound != nil && !isSink && !isLaner {
		return nil, fmt.Errorf("%s promises an outbound, and %T has neither Send nor Lane", i.typ.info.ID, value)
	}
	if handling, is := value.(*Handling); is {
		if err := handling.begin(i); err != nil {
			return nil, err
		}
	}
	o.sink, o.laner = sink, laner
	if can.Inbound != nil {
		o.source = source
		o.courier = newCourier(i.out, value, i.log)
	}
	return o, nil
}

// start begins receiving, where the instance has a source that routes read. It is not called while that receives.
func (o *opened) start() {
	i := o.instance
	if o.source == nil || !i.setup.Inbound {
		return
	}
	if o.received == nil {
		i.out.keepTokens(o.value)
		go o.courier.run()
	}
	ctx, stop := context.WithCancel(context.Background())
	before := o.received
	o.stop, o.received = stop, make(chan struct{})
	go o.receive(ctx, before, o.received)
}

// The pauses between calls of a Receive that fails, and how long one must stand to count as mended.
const (
	receivePause    = 250 * time.Millisecond
	receivePauseMax = 30 * time.Second
	receiveMended   = time.Second
)

// receive calls Receive until ctx ends, when that of before has returned.
func (o *opened) receive(ctx context.Context, before <-chan struct{}, received chan<- struct{}) {
	defer close(received)
	if before != nil {
		<-before
	}
	i := o.instance
	pause, degraded := receivePause, false
	for ctx.Err() == nil {
		began := time.Now()
		stopMended := func() bool { return true }
		if degraded {
			stopMended = time.AfterFunc(receiveMended, func() { i.setup.Report(Event{Kind: core.EventRecovered}) }).Stop
		}
		err := guard(i.log, "Receive", func() error { return o.source.Receive(ctx, i.out.emit) })
		stopMended()
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("Receive returned nil before its context ended; it reads until then, or returns why it can't")
		}
		if time.Since(began) > receivePauseMax {
			pause = receivePause
		}
		i.log.Warn("receiving failed and is begun again", "error", err, "pause", pause.String())
		degraded = true
		i.setup.Report(Event{Kind: core.EventDegraded, Cause: err.Error()})
		if !wait(ctx, pause) {
			return
		}
		pause = min(2*pause, receivePauseMax)
	}
}

func (o *opened) drain(ctx context.Context, direction core.Direction) error {
	drainer, can := o.value.(Drainer)
	if !can {
		return nil
	}
	return guard(o.instance.log, "Drain", func() error { return drainer.Drain(ctx, direction) })
}

// stopReceiving ends Receive and waits for it, as long as ctx stands.
func (o *opened) stopReceiving(ctx context.Context) error {
	o.stop()
	if o.received == nil {
		return nil
	}
	select {
	case <-o.received:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("Receive did not return soon after its context ended: %w", ctx.Err())
	}
}

// settleLimit is how long an instance that is closed while the hub goes on waits for the hub to settle what it read: what
// is not settled by then comes again when it is opened again.
const settleLimit = time.Second

// settle stops receiving and waits until all that was read is settled and all that was being sent is, or settleLimit or
// half of the time that ctx leaves has passed.
func (o *opened) settle(ctx context.Context) {
	share, cancel := half(ctx)
	defer cancel()
	if o.stopReceiving(share) != nil {
		return // end says so
	}
	limited, cancel := context.WithTimeout(share, settleLimit)
	defer cancel()
	o.instance.out.settled(limited)
	if st := o.instance.stream.Load(); st != nil {
		_ = st.lanesIdle(limited) // what is not sent by then is cut off
	}
}

// end stops the goroutines and closes the value, also where they did not stop in time.
func (o *opened) end(ctx context.Context, reason CloseReason) error {
	share, cancel := half(ctx)
	defer cancel()
	err := o.stopReceiving(share)
	if o.received != nil {
		o.courier.end(share)
	}
	o.endSend()
	return errors.Join(err, closeValue(ctx, o.instance.log, o.value, reason))
}

// closeValue calls Close where the value has one, and returns when ctx ends even if Close does not.
func closeValue(ctx context.Context, log *slog.Logger, value any, reason CloseReason) error {
	closer, can := value.(Closer)
	if !can {
		return nil
	}
	closed := make(chan error, 1)
	go func() { closed <- guard(log, "Close", func() error { return closer.Close(ctx, reason) }) }()
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("Close did not return when its context ended: %w", ctx.Err())
	}
}

// endLimit bounds the waiting for an author's goroutines where the caller gives no deadline.
const endLimit = 4 * time.Second

// half is a context with half of the time that ctx leaves, so that what comes after a wait has some too.
func half(ctx context.Context) (context.Context, context.CancelFunc) {
	left := endLimit
	if deadline, ok := ctx.Deadline(); ok {
		left = time.Until(deadline)
	}
	return context.WithTimeout(ctx, left/2)
}
