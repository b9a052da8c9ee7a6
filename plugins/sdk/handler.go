package sdk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// Handle answers one message. The reply goes to who asked: it gets the message's `correlation`, or where it has none its
// connection as `to`. A reply with neither payload nor header is none. A *Failure says what becomes of the message; any
// other error, and a panic, means that it failed for good. ctx ends when nobody waits for the answer: the plugin stops, or
// the message was taken back. Other messages are handled meanwhile, 16 at a time for each outlet that leads here.
type Handle func(ctx context.Context, m Message) (Message, error)

// HandlerCapabilities are those of an endpoint whose open function returns a Handler: a message is confirmed when it was
// handled, and its reply given to the hub.
func HandlerCapabilities() Capabilities {
	return Capabilities{Inbound: &Inbound{Pausable: true}, Outbound: &Outbound{Confirm: ConfirmAccepted}}
}

// handledAtOnce is how many messages of a lane are handled at a time.
const handledAtOnce = 16

// Handling is an endpoint that answers its messages; Handler and Tasks make it.
type Handling struct {
	handle Handle
	tasks  map[string]Handle // nil where the messages have no types
	log    *slog.Logger
	// replies: routes lead on from here, so replies have a way.
	replies bool

	emit  Emit
	ready chan struct{} // closed when emit is set
	once  sync.Once
	calls sync.WaitGroup

	running                                     atomic.Int64
	handled, failed, panicked, unknown, unasked atomic.Uint64
}

// Handler makes an endpoint of a function: what an open function returns, with HandlerCapabilities. Each message is
// handled by a call of its own, in a goroutine of its own; one that panics or hangs leaves the others alone.
func Handler(handle Handle) *Handling {
	return &Handling{handle: handle, ready: make(chan struct{}), log: slog.Default()}
}

// begin is told by the SDK what the instance is.
func (h *Handling) begin(i *instance) error {
	h.log, h.replies = i.log, i.setup.Inbound
	for _, accepted := range i.typ.info.Accepts {
		if h.tasks[accepted] == nil {
			return fmt.Errorf("%s accepts messages of type %s, and its Tasks have none for them", i.typ.info.ID, accepted)
		}
	}
	return nil
}

// Receive implements Source: what it brings in are replies.
func (h *Handling) Receive(ctx context.Context, emit Emit) error {
	h.once.Do(func() {
		h.emit = emit
		close(h.ready)
	})
	<-ctx.Done()
	return ctx.Err()
}

// Portion implements Portioned.
func (h *Handling) Portion() (messages, bytes int) { return handledAtOnce, 0 }

// Send implements Sink.
func (h *Handling) Send(ctx context.Context, messages []Message) error {
	failures := make([]*Failure, len(messages))
	handled := make(chan int, len(messages))
	for i := range messages {
		h.calls.Go(func() {
			failures[i] = h.call(ctx, messages[i])
			handled <- i
		})
	}
	for range messages {
		select {
		case <-handled:
		case <-ctx.Done():
			return ctx.Err() // what goes on nobody waits for: the lane, its epoch or its stream is over
		}
	}
	return named(failures)
}

// named makes the error of a Send of the failures of its messages; nil where there are none.
func named(failures []*Failure) error {
	var list []Exception
	for i, f := range failures {
		if f != nil {
			list = append(list, Exception{Index: i, Count: 1, Outcome: core.OutcomeFailed, Failure: f})
		}
	}
	if list == nil {
		return nil
	}
	return &SendError{Exceptions: list}
}

// call handles one message and gives its reply to the hub.
func (h *Handling) call(ctx context.Context, m Message) *Failure {
	h.running.Add(1)
	defer h.running.Add(-1)
	var reply Message
	err := guard(h.log, "Handle", func() (err error) {
		reply, err = h.handle(ctx, m)
		return err
	})
	if err == nil {
		err = h.reply(ctx, m, reply)
	}
	if err == nil {
		h.handled.Add(1)
		return nil
	}
	if ctx.Err() == nil {
		h.log.Warn("a message was not handled", "id", m.ID.String(), "source", m.Source, "error", err)
	}
	return h.failure(err)
}

// failure says what becomes of a message whose call failed.
func (h *Handling) failure(err error) *Failure {
	h.failed.Add(1)
	var failure *Failure
	var panicked *panicError
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &panicked):
		h.panicked.Add(1)
	}
	return &Failure{Class: FailurePermanent, Scope: ScopeMessage, Attempted: AttemptedYes, Detail: err.Error()}
}

// reply brings a reply to who asked. Where no route leads on from here there is no way, which is counted.
func (h *Handling) reply(ctx context.Context, asked, reply Message) error {
	if reply.Payload == nil && reply.Header == nil {
		return nil
	}
	if !h.replies {
		h.unasked.Add(1)
		return nil
	}
	select {
	case <-h.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	return h.emit(ctx, []Message{addressed(asked, reply)})
}

// addressed is the reply with the address of who asked, unless it has one.
func addressed(asked, reply Message) Message {
	header := Header{}
	if reply.Header != nil {
		header = *reply.Header
	}
	address := Attribute{Name: "correlation", Value: asked.Attribute("correlation")}
	if conn := asked.Attribute("conn"); address.Value == "" && conn != "" {
		address = Attribute{Name: "to", Value: "conn:" + conn}
	}
	if _, has := header.Attributes.Get(address.Name); has || address.Value == "" {
		return reply
	}
	header.Attributes = NewAttributes(append(append(Attributes{}, header.Attributes...), address)...)
	reply.Header = &header
	return reply
}

// Inspect implements Inspector.
func (h *Handling) Inspect() Inspection {
	return Inspection{Figures: []Figure{
		{Name: "running", Value: h.running.Load()},
		{Name: "handled", Value: int64(h.handled.Load()), Counter: true},
		{Name: "failed", Value: int64(h.failed.Load()), Counter: true},
		{Name: "panics", Value: int64(h.panicked.Load()), Counter: true},
		{Name: "unknown-type", Value: int64(h.unknown.Load()), Counter: true},
		{Name: "reply-without-route", Value: int64(h.unasked.Load()), Counter: true},
	}}
}

// Close implements Closer: it waits for calls that were told to end.
func (h *Handling) Close(ctx context.Context, _ CloseReason) error {
	ended := make(chan struct{})
	go func() {
		h.calls.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d calls of the Handle function still run though their context has ended", h.running.Load())
	}
}
