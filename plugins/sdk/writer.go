package sdk

import (
	"time"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Receipts and credit are gathered: they go out with the next frame, or when one of these is reached.
const (
	gatherMessages = 64
	gatherBytes    = laneBytes / 8
	gatherTime     = 20 * time.Millisecond
)

// write sends all that waits, one frame after the other, until the stream ends. It never waits for more to come.
func (st *stream) write() {
	defer close(st.written)
	beat := time.NewTicker(wire.HeartbeatEvery)
	defer beat.Stop()
	for {
		frame := &pluginv1.StreamResponse{}
		select {
		case <-st.ctx.Done():
			return
		case <-st.awake:
		case now := <-beat.C:
			if st.silent(now) {
				st.cancel(errSilent)
				return
			}
			frame.Heartbeat = &pluginv1.Heartbeat{}
		}
		for st.fill(frame) {
			if err := st.wire.Send(frame); err != nil {
				st.cancel(err)
				return
			}
			st.sent.Add(1)
			frame = &pluginv1.StreamResponse{}
		}
	}
}

// fill puts what waits into a frame, receipts and credit first, and reports whether there is anything to send.
func (st *stream) fill(frame *pluginv1.StreamResponse) bool {
	st.mu.Lock()
	if st.gather != nil {
		st.gather.Stop()
		st.gather = nil
	}
	st.mu.Unlock()
	if st.beat.Swap(false) {
		frame.Heartbeat = &pluginv1.Heartbeat{}
	}
	size := 0
	owing := st.takeOwing()
	for i, l := range owing {
		if size > wire.FrameTarget {
			st.putOff(owing[i:])
			break
		}
		receipt, credit := l.report()
		if receipt != nil {
			frame.Receipts = append(frame.Receipts, receipt)
			size += receipt.SizeVT()
		}
		if credit != nil {
			frame.Credits = append(frame.Credits, credit)
		}
	}
	frame.Events = st.instance.events.take()
	if size <= wire.FrameTarget/4 {
		size += st.line.take(frame, wire.FrameTarget)
	}
	if size > wire.FrameTarget/4 {
		st.wakeWriter() // messages take the next frame
	} else if batch := st.instance.out.take(st, wire.FrameTarget); batch != nil {
		frame.Batches = append(frame.Batches, batch)
	}
	return frame.Heartbeat != nil || len(frame.Receipts)+len(frame.Credits)+len(frame.Events)+len(frame.Batches)+
		len(frame.Questions) > 0
}

// another has one more frame sent and returns its number at the latest: what the writer has taken by now is in one before,
// or in it.
func (st *stream) another() (number uint64) {
	number = st.sent.Load() + 1
	st.beat.Store(true)
	st.wakeWriter()
	return number
}

// wakeWriter says that there is something to write now.
func (st *stream) wakeWriter() {
	select {
	case st.awake <- struct{}{}:
	default:
	}
}

// report says that a lane has something to tell the hub: at once where that is urgent, else it can wait for company.
func (st *stream) report(l *lane, urgent bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.owe(l)
	switch {
	case urgent:
		st.wakeWriter()
	case st.gather == nil && st.ctx.Err() == nil:
		st.gather = time.AfterFunc(gatherTime, st.wakeWriter)
	}
}

// putOff leaves what lanes owe to the next frame.
func (st *stream) putOff(lanes []*lane) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.owe(lanes...)
	st.wakeWriter()
}
