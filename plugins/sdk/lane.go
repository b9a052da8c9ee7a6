package sdk

import (
	"context"
	"sync"

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
	owing bool          // it is among the stream's owing; guarded by the stream's lock
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
	binding binding
	// mostMessages and mostBytes are the most that one Send is given; 0: no limit.
	mostMessages, mostBytes int
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
