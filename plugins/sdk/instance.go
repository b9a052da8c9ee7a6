package sdk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// instance is one configured endpoint or marshalling of this process, from Open to Close.
type instance struct {
	name   string
	typ    *Type
	setup  Instance
	config any
	log    *slog.Logger

	out    *emitter
	events events
	// stream is the one that stands, nil while there is none.
	stream atomic.Pointer[stream]
	// opened is what the author's function returned; nil while the instance is switched off by closing it.
	opened  atomic.Pointer[opened]
	enabled atomic.Bool

	// life is held through each change of the life cycle; a channel, so that waiting for it honours a context.
	life  chan struct{}
	ended atomic.Bool
	// opening: the author's function is opening it.
	opening atomic.Bool
	lines   lines
}

var (
	errDisabled = &Failure{
		Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo,
		Detail: "the endpoint is disabled",
	}
	errEnded = errors.New("the instance was closed")
)

func newInstance(typ *Type, setup Instance, config any) *instance {
	i := &instance{name: setup.Name, typ: typ, setup: setup, config: config, log: setup.Log, life: make(chan struct{}, 1)}
	i.out = &emitter{log: i.log, maxMessage: setup.MaxMessage, wake: i.wakeWriter, changed: i.wakeCourier}
	i.setup.Report = func(e Event) {
		i.events.add(e)
		i.wakeWriter()
	}
	i.setup.Ask = Hub{i}
	return i
}

func (i *instance) wakeWriter() {
	if st := i.stream.Load(); st != nil {
		st.wakeWriter()
	}
}

func (i *instance) wakeCourier() {
	if o := i.opened.Load(); o != nil && o.courier != nil {
		o.courier.wake()
	}
}

// change calls f as the only change of the life cycle at that time.
func (i *instance) change(ctx context.Context, f func() error) error {
	select {
	case i.life <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-i.life }()
	if i.ended.Load() {
		return errEnded
	}
	return f()
}

func (i *instance) start(ctx context.Context, enabled bool) error {
	return i.change(ctx, func() error {
		err := i.open(ctx, enabled)
		i.ended.Store(err != nil)
		return err
	})
}

// open opens the instance. One that is switched off and can't refuse newcomers itself is closed again: only what was
// opened shows whether it can.
func (i *instance) open(ctx context.Context, enabled bool) error {
	setup := i.setup
	setup.Enabled = enabled
	var value any
	i.opening.Store(true)
	err := guard(i.log, "the function that opens the endpoint", func() (err error) {
		value, err = i.typ.open(ctx, setup, i.config)
		return err
	})
	i.opening.Store(false)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		// The hub takes it for closed by now.
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), orphanLimit)
		defer cancel()
		return errors.Join(ctx.Err(), closeValue(bounded, i.log, value, CloseRemoved))
	}
	o, err := newOpened(i, value)
	if err != nil {
		return errors.Join(err, closeValue(ctx, i.log, value, CloseRemoved))
	}
	if _, can := value.(Enabler); !enabled && !can {
		return closeValue(ctx, i.log, value, CloseRemoved)
	}
	i.enabled.Store(enabled)
	i.opened.Store(o)
	o.start()
	return nil
}

func (i *instance) setEnabled(ctx context.Context, enabled bool) error {
	return i.change(ctx, func() error {
		o := i.opened.Load()
		if o == nil {
			if enabled {
				return i.open(ctx, true)
			}
			return nil
		}
		if enabler, can := o.value.(Enabler); can {
			i.enabled.Store(enabled)
			return guard(i.log, "SetEnabled", func() error { return enabler.SetEnabled(ctx, enabled) })
		}
		if enabled {
			return nil
		}
		i.enabled.Store(false)
		i.opened.Store(nil)
		o.settle(ctx)
		return o.end(ctx, CloseRemoved)
	})
}

// drain ends a direction. Of an inbound it says how many frames the hub has had when all that was read is with it.
func (i *instance) drain(ctx context.Context, direction core.Direction) (frames uint64, err error) {
	err = i.change(ctx, func() error {
		o := i.opened.Load()
		switch {
		case o == nil:
			return nil
		case direction == core.DirectionInbound:
			err := i.drainInbound(ctx, o)
			if st := i.stream.Load(); st != nil {
				frames = st.another()
			}
			return err
		case direction == core.DirectionOutbound:
			return i.drainOutbound(ctx, o)
		}
		return fmt.Errorf("unknown direction %d", direction)
	})
	return frames, err
}

// drainInbound stops the reading and waits until all that was read is with the stream's writer.
func (i *instance) drainInbound(ctx context.Context, o *opened) error {
	err := o.drain(ctx, core.DirectionInbound)
	return errors.Join(err, o.stopReceiving(ctx), i.out.flush(ctx))
}

// drainOutbound waits until every lane has sent what it has, then lets the endpoint flush.
func (i *instance) drainOutbound(ctx context.Context, o *opened) error {
	st := i.stream.Load()
	if st != nil {
		if err := st.lanesIdle(ctx); err != nil {
			return err
		}
	}
	err := o.drain(ctx, core.DirectionOutbound)
	if st != nil {
		st.wakeWriter()
	}
	return err
}

// end closes the instance for good and gives its stream up, when so many of the hub's frames were applied.
func (i *instance) end(ctx context.Context, reason CloseReason, frames uint64) error {
	return i.change(ctx, func() error {
		st := i.stream.Load()
		if st != nil {
			st.await(ctx, frames)
		}
		i.ended.Store(true)
		i.enabled.Store(false)
		o := i.opened.Swap(nil)
		if st != nil {
			st.stopLanes(ctx)
		}
		var err error
		if o != nil {
			err = o.end(ctx, reason)
		}
		if st != nil {
			st.cancel(nil)
		}
		return err
	})
}

func (i *instance) inspect() (Inspection, error) {
	var seen Inspection
	o := i.opened.Load()
	if o != nil {
		if inspector, can := o.value.(Inspector); can {
			err := guard(i.log, "Inspect", func() error { seen = inspector.Inspect(); return nil })
			if err != nil {
				return Inspection{}, err
			}
		}
	}
	if n := i.out.droppedOversized(); n > 0 {
		seen.Figures = append(seen.Figures, Figure{Name: "too-large", Value: int64(n), Counter: true})
	}
	return seen, nil
}
