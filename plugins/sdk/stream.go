package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// stream is one Stream call: the lanes of an instance while the hub holds it. Three kinds of goroutine serve it: the
// reader, the writer and one per lane.
type stream struct {
	instance *instance
	wire     grpc.BidiStreamingServer[pluginv1.StreamRequest, pluginv1.StreamResponse]
	ctx      context.Context
	cancel   context.CancelCauseFunc
	// previous is the stream that this one replaced, for its lanes to wait for; nil for the first.
	previous *stream

	awake   chan struct{} // capacity 1: there is something to write
	began   time.Time
	heard   atomic.Int64  // when the last frame came, nanoseconds since began: the time of day may jump
	sent    atomic.Uint64 // frames
	beat    atomic.Bool   // the next frame is to be sent though nothing waits
	line    *line
	written chan struct{} // closed when the writer has ended
	over    chan struct{} // closed when reader, writer and lanes have ended

	mu sync.Mutex
	// applied counts the hub's frames, the first aside; applying is closed at the next, nil while nobody waits for it.
	applied  uint64
	applying chan struct{}
	lanes    map[uint32]*lane // closed ones too, so that a lane opened again waits for its predecessor
	owing    []*lane          // those that may have something to tell the hub, each once
	told     []*lane          // those that the writer took last, kept for its next time
	gather   *time.Timer      // wakes the writer for gathered receipts; nil while none wait
}

var (
	errReplaced = status.Error(codes.Aborted, "another stream took the instance over")
	errSilent   = status.Errorf(codes.DeadlineExceeded, "no frame from the hub for %s", wire.HeartbeatDead)
)

// Stream serves an instance's messages.
func (s *server) Stream(g grpc.BidiStreamingServer[pluginv1.StreamRequest, pluginv1.StreamResponse]) error {
	first, err := g.Recv()
	if err != nil {
		return err
	}
	if first.Attach == nil {
		return status.Error(codes.InvalidArgument, "the first request must attach")
	}
	i, err := s.find(first.Attach.Name)
	if err != nil {
		return err
	}
	return newStream(i, g, first.Attach.Questions).serve()
}

func newStream(i *instance, g grpc.BidiStreamingServer[pluginv1.StreamRequest, pluginv1.StreamResponse], questions uint32) *stream {
	st := &stream{
		instance: i, wire: g, awake: make(chan struct{}, 1), written: make(chan struct{}), over: make(chan struct{}),
		lanes: make(map[uint32]*lane), began: time.Now(),
	}
	st.ctx, st.cancel = context.WithCancelCause(g.Context())
	st.line = newLine(st.ctx, st.wakeWriter, min(questions, mostQuestions))
	return st
}

// silent reports whether the hub has said nothing for so long that it must be gone.
func (st *stream) silent(now time.Time) bool {
	return now.Sub(st.began)-time.Duration(st.heard.Load()) > wire.HeartbeatDead
}

// serve runs until the hub ends the stream, another one replaces it or the instance is closed.
func (st *stream) serve() error {
	i := st.instance
	st.previous = i.stream.Swap(st)
	if st.previous != nil {
		st.previous.cancel(errReplaced)
		<-st.previous.written
	}
	if i.ended.Load() {
		st.cancel(status.Errorf(codes.NotFound, "%s is not open", i.name))
	}
	i.events.repeat()
	i.lines.put(st.line)
	st.wakeWriter()
	go st.write()
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		st.cancel(st.read())
	}()
	<-st.ctx.Done()
	<-st.written
	i.out.end(st)
	i.lines.drop(st.line)
	i.stream.CompareAndSwap(st, nil)
	go st.finish(reading)
	return cause(st.ctx)
}

// finish notes when all goroutines of the stream have ended. A reader ends when serve has returned.
func (st *stream) finish(reading <-chan struct{}) {
	<-reading
	st.mu.Lock()
	if st.gather != nil {
		st.gather.Stop()
	}
	lanes := st.lanes
	st.mu.Unlock()
	for _, l := range lanes {
		l.close()
		<-l.done
	}
	st.mu.Lock()
	st.previous = nil
	st.mu.Unlock()
	close(st.over)
}

// cause is why a stream ended, nil where that was in good order.
func cause(ctx context.Context) error {
	err := context.Cause(ctx)
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// read applies the hub's frames until the stream ends.
func (st *stream) read() error {
	for {
		frame, err := st.wire.Recv()
		if err != nil {
			return err
		}
		st.heard.Store(int64(time.Since(st.began)))
		if err := st.apply(frame); err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		st.count()
	}
}

// count notes that a frame was applied.
func (st *stream) count() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.applied++
	if st.applying != nil {
		close(st.applying)
		st.applying = nil
	}
}

// await waits until so many frames were applied, the stream ends, or half of the time has passed that ctx leaves.
func (st *stream) await(ctx context.Context, frames uint64) {
	share, cancel := half(ctx)
	defer cancel()
	for next := st.missing(frames); next != nil; next = st.missing(frames) {
		select {
		case <-next:
		case <-st.ctx.Done():
			return
		case <-share.Done():
			return
		}
	}
}

// missing is closed when the next frame was applied; nil when there were so many.
func (st *stream) missing(frames uint64) <-chan struct{} {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.applied >= frames {
		return nil
	}
	if st.applying == nil {
		st.applying = make(chan struct{})
	}
	return st.applying
}

// apply does what a frame says, in the order of its fields.
func (st *stream) apply(frame *pluginv1.StreamRequest) error {
	out := st.instance.out
	for _, open := range frame.LaneOpens {
		if open.Lane == 0 {
			out.begin(st, open.Epoch)
			continue
		}
		st.openLane(open)
	}
	for _, b := range frame.Batches {
		if err := st.deliver(b); err != nil {
			return err
		}
	}
	for _, r := range frame.Receipts {
		if r.Lane == 0 {
			out.receipt(r)
		}
	}
	for _, c := range frame.Credits {
		if c.Lane == 0 {
			out.grant(c.Epoch, c.Messages, c.Bytes)
		}
	}
	for _, c := range frame.LaneCloses {
		st.closeLane(c.Lane)
	}
	for _, a := range frame.Answers {
		st.line.answer(a)
	}
	return nil
}

// deliver gives a batch to its lane. One for a lane that is not open crossed the lane's end on the way.
func (st *stream) deliver(b *pluginv1.Batch) error {
	st.mu.Lock()
	l := st.lanes[b.Lane]
	st.mu.Unlock()
	if l == nil {
		return nil
	}
	messages, err := wire.FromBatch(b, l.options.Source)
	if err != nil {
		return fmt.Errorf("lane %d: %w", b.Lane, err)
	}
	l.push(b.Epoch, b.Sequence, messages)
	return nil
}
