package sdk

import (
	"context"
	"errors"
	"sync"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// The window of a lane: so much may be on its way to one Send or wait for it.
const (
	laneMessages = 1024
	laneBytes    = 4 << 20
)

// lane gives one outlet's messages to the sink, from one goroutine.
type lane struct {
	stream  *stream
	number  uint32
	options LaneOptions
	after   <-chan struct{} // the predecessor's end; nil without one
	done    chan struct{}

	awake chan struct{} // capacity 1
	// ctx stands as long as the lane; cancel ends it.
	ctx    context.Context
	cancel context.CancelFunc

	mu sync.Mutex
	// epochCtx stands as long as the epoch: what Send still does for an older one is void.
	epochCtx    context.Context
	epochCancel context.CancelFunc
	queue       []Message
	queued      uint64 // sequence number of queue[0]
	refusing    bool   // strict: a message of this epoch failed
	sending     bool
	idlers      []chan struct{}
	tally       tally

	// The rest belongs to the lane's goroutine.
	opened  *opened // whose sink this is
	sink    Sink
	ordered bool
	// careful is how many further messages go singly because a Send panicked.
	careful int
}

// work is what one turn of a lane's goroutine sends.
type work struct {
	ctx      context.Context
	epoch    uint64
	first    uint64
	messages []Message
}

func newLane(st *stream, number uint32, options LaneOptions, after <-chan struct{}) *lane {
	l := &lane{
		stream: st, number: number, options: options, after: after, done: make(chan struct{}),
		awake: make(chan struct{}, 1),
	}
	l.ctx, l.cancel = context.WithCancel(st.ctx)
	l.epochCtx, l.epochCancel = context.WithCancel(l.ctx)
	go l.run()
	return l
}

// begin starts an epoch: what is queued of the older one is void, and a Send in progress is told to give up.
func (l *lane) begin(epoch uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epochCancel()
	l.epochCtx, l.epochCancel = context.WithCancel(l.ctx)
	l.queue, l.queued, l.refusing = nil, 1, false
	l.tally = tally{lane: l.number, epoch: epoch, acked: l.options.Acked, messages: laneMessages, bytes: laneBytes}
	l.release()
}

// push queues messages of an epoch.
func (l *lane) push(epoch, first uint64, messages []Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch != l.tally.epoch || l.refusing || l.ctx.Err() != nil {
		return
	}
	if len(l.queue) == 0 {
		l.queue, l.queued = messages, first
		l.wake()
		return
	}
	l.queue = append(l.queue, messages...)
}

func (l *lane) wake() {
	select {
	case l.awake <- struct{}{}:
	default:
	}
}

// close ends the lane; its goroutine ends when Send has returned.
func (l *lane) close() { l.cancel() }

func (l *lane) closed() bool { return l.ctx.Err() != nil }

// idle waits until nothing is queued or being sent.
func (l *lane) idle(ctx context.Context) error {
	l.mu.Lock()
	if len(l.queue) == 0 && !l.sending || l.ctx.Err() != nil {
		l.mu.Unlock()
		return nil
	}
	idle := make(chan struct{})
	l.idlers = append(l.idlers, idle)
	l.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// release ends the waiting of idle where nothing is left. The caller holds the lock.
func (l *lane) release() {
	if len(l.queue) > 0 || l.sending {
		return
	}
	for _, idle := range l.idlers {
		close(idle)
	}
	l.idlers = nil
}

// run sends until the lane ends.
func (l *lane) run() {
	defer close(l.done)
	if l.after != nil {
		<-l.after // calls of one lane never overlap
	}
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.awake:
		}
		for w := l.take(); w.messages != nil; w = l.take() {
			l.send(w)
		}
	}
}

// take begins the sending of all that is queued.
func (l *lane) take() work {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sending = len(l.queue) > 0 && l.ctx.Err() == nil
	if !l.sending {
		l.release()
		return work{}
	}
	w := work{ctx: l.epochCtx, epoch: l.tally.epoch, first: l.queued, messages: l.queue}
	l.queue = nil
	return w
}

// send sends messages in as many calls as the lane's order asks for.
func (l *lane) send(w work) {
	sink, err := l.current()
	for len(w.messages) > 0 && w.ctx.Err() == nil {
		n := len(w.messages)
		if l.careful > 0 || l.options.Strict && !l.ordered {
			n = 1
			l.careful = max(0, l.careful-1)
		}
		outcome := err
		if err == nil {
			outcome = guard(l.stream.instance.log, func() error { return sink.Send(w.ctx, w.messages[:n]) })
		}
		if !l.settle(w, n, outcome) {
			return
		}
		w.first += uint64(n)
		w.messages = w.messages[n:]
	}
}

// settle notes what became of the first n messages and reports whether the next may be sent.
func (l *lane) settle(w work, n int, outcome error) bool {
	var panicked *panicError
	if errors.As(outcome, &panicked) {
		l.careful = laneMessages
	}
	bytes := 0
	for i := range w.messages[:n] {
		bytes += w.messages[i].Size()
	}
	urgent, more := l.note(w, n, bytes, exceptionsOf(outcome, n))
	if urgent {
		l.stream.wakeWriter()
	} else {
		l.stream.wakeSoon()
	}
	return more
}

// note tallies n messages, on a strict lane up to the first failure. It reports whether the hub should hear of it at
// once and whether the next messages may be sent.
func (l *lane) note(w work, n, bytes int, exceptions []Exception) (urgent, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.epoch != l.tally.epoch || w.ctx.Err() != nil {
		return false, false // void
	}
	if failedAt := firstFailure(exceptions); l.options.Strict && failedAt >= 0 {
		n = exceptions[failedAt].Index + 1
		exceptions = exceptions[:failedAt+1]
		exceptions[failedAt].Count = 1
		l.refusing, l.queue = true, nil
	}
	return l.tally.add(w.first, n, bytes, exceptions), !l.refusing
}

// report takes what the hub has not been told yet.
func (l *lane) report() (*pluginv1.Receipt, *pluginv1.Credit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return nil, nil
	}
	receipt, credit := l.tally.take()
	if receipt == nil {
		return nil, credit
	}
	return wire.ToReceipt(l.number, *receipt), credit
}

// current is the lane's sink, found anew when the instance was closed and opened meanwhile.
func (l *lane) current() (Sink, error) {
	i := l.stream.instance
	o := i.opened.Load()
	if o == nil || !i.enabled.Load() {
		return nil, errDisabled
	}
	if o == l.opened {
		return l.sink, nil
	}
	sink := o.sink
	if o.laner != nil {
		err := guard(i.log, func() (err error) {
			sink, err = o.laner.Lane(l.options)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if sink == nil {
		return nil, &Failure{
			Class: core.FailurePermanent, Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo,
			Detail: "the endpoint is no outbound",
		}
	}
	l.opened, l.sink = o, sink
	_, l.ordered = sink.(Ordered)
	return sink, nil
}
