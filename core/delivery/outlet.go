package delivery

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// Outlet delivers the messages of one route to one outbound. One goroutine owns its queue, lane and account; the
// methods leave it work and may be called from any goroutine. It is the core.LaneUser of its lane.
type Outlet struct {
	options   Options
	started   time.Time
	box       mailbox
	signal    chan struct{}
	done      chan struct{}
	published atomic.Pointer[published]
}

// published is a snapshot and what makes it current when it is read.
type published struct {
	core.Snapshot
	// before is the outlet whose place this one takes and whose numbers come on top, until it has inherited them.
	before *Outlet
	// oldest is when the oldest queued message was received, on the outlet's clock; valid where Queued is not 0.
	oldest time.Duration
}

// New starts an outlet. Close ends it.
func New(options Options) *Outlet { return newOutlet(options, time.Now(), nil) }

func newOutlet(options Options, started time.Time, before *Outlet) *Outlet {
	o := &Outlet{
		options: options.withDefaults(),
		started: started,
		signal:  make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	o.box.limits = o.options.limits()
	o.published.Store(&published{before: before})
	go newSender(o, before).run()
	return o
}

// Blocks reports whether a full queue holds the source back: tickets hear Queued from this outlet then, once per batch.
func (o *Outlet) Blocks() bool { return o.options.Overflow == core.OverflowBlock }

// Overflow is what a full queue does, the default resolved.
func (o *Outlet) Overflow() core.Overflow { return o.box.policy() }

// Counts reports whether the source is acked only when this outlet has settled: tickets hear Settled from it then.
func (o *Outlet) Counts() bool { return o.options.counts() }

// Offer takes a batch. It never blocks: where the queue is full, its overflow policy decides. The messages must not
// change any more. Where the outlet neither Blocks nor Counts, the batch's ticket is not told anything.
func (o *Outlet) Offer(batch core.Batch) {
	if counts := absentOf(&batch); counts != (absent{}) {
		o.box.tell(counts)
	}
	if len(batch.Messages) > 0 {
		c := newChunk(batch, o.received(&batch))
		c.passage = o.follow(&batch)
		o.box.offer(c)
	} else if batch.Ticket != nil && o.Blocks() {
		batch.Ticket.Queued()
	}
	o.wake()
}

// Up implements core.LaneUser.
func (o *Outlet) Up(lane core.Lane, epoch uint64) {
	o.post(event{kind: eventUp, lane: lane, epoch: epoch})
}

// Down implements core.LaneUser.
func (o *Outlet) Down(lane core.Lane, pluginDied bool) {
	o.post(event{kind: eventDown, lane: lane, died: pluginDied})
}

// Credit implements core.LaneUser.
func (o *Outlet) Credit(epoch, messages, bytes uint64) {
	o.post(event{kind: eventCredit, epoch: epoch, messages: messages, bytes: bytes})
}

// Receipt implements core.LaneUser. The receipt must not change any more.
func (o *Outlet) Receipt(receipt core.Receipt) {
	o.post(event{kind: eventReceipt, receipt: receipt})
}

// SetEnabled says whether the endpoint is enabled, as it is at first. While it is not, acked outlets that are not
// Optional keep what they have and others drop it.
func (o *Outlet) SetEnabled(enabled bool) {
	o.post(event{kind: eventEnabled, enabled: enabled})
}

// Drain waits until nothing is queued or in flight, or the outlet is closed. It returns ctx's error if ctx ends first.
func (o *Outlet) Drain(ctx context.Context) error { return o.await(ctx, eventDrain) }

// await posts an event that asks to be told when the outlet is idle in some way, and waits for that.
func (o *Outlet) await(ctx context.Context, kind eventKind) error {
	idle := make(chan struct{})
	o.post(event{kind: kind, idle: idle})
	select {
	case <-idle:
		return nil
	case <-o.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends the outlet and waits for its goroutine. What is left is dropped for reason and settled; with
// core.ReasonShutdown, outlets that Count leave it unsettled and count it as Returned, where it stands. The lane must
// not be up for others to use; its later calls and later batches are accounted for in the same way. A second Close
// waits like the first and changes nothing.
func (o *Outlet) Close(reason core.Reason) {
	o.post(event{kind: eventClose, reason: reason})
	<-o.done
}

// Snapshot is the outlet after its latest batch of work.
func (o *Outlet) Snapshot() core.Snapshot {
	p := o.published.Load()
	snapshot := p.Snapshot
	if p.Queued > 0 {
		snapshot.OldestAge = o.clock() - p.oldest
	}
	if p.before != nil {
		include(&snapshot, p.before.Snapshot())
	}
	return snapshot
}

// clock is monotonic.
func (o *Outlet) clock() time.Duration { return time.Since(o.started) }

// received is when a batch came in, on the outlet's clock.
func (o *Outlet) received(batch *core.Batch) time.Duration {
	if batch.Received.IsZero() {
		return o.clock()
	}
	return batch.Received.Sub(o.started)
}

func (o *Outlet) post(e event) {
	if o.box.post(e) {
		o.wake()
	}
}

func (o *Outlet) wake() {
	select {
	case o.signal <- struct{}{}:
	default:
	}
}
