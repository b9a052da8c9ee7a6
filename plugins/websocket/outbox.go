package websocket

import (
	"net"
	"slices"
	"sort"
	"sync"
)

// outbox is what waits to be written to one connection. Its queue is bounded; one goroutine at a time takes from it, and
// there is none while nothing waits: an idle connection has no stack for it.
type outbox struct {
	limits *limits

	mu sync.Mutex
	// taker is started in a goroutine of its own when there is something to take; nil until begin.
	taker func()
	// taking: the taker was started and has not found the outbox empty since.
	taking bool
	// taken is what take returned last, kept for the next.
	taken  net.Buffers
	pieces []piece
	// messages and bytes are the sums over pieces.
	messages, bytes int
	// control is whole ping and pong frames, which go out before anything else.
	control []byte
	// parting is the close frame, which goes out last; once it is set nothing more is taken in.
	parting []byte
	// gone: nobody is left to write to.
	gone bool
	lost uint64
	// changed is closed when the taker comes; nil while nobody waits for that.
	changed chan struct{}
}

// piece is the frames from..until-1 of a burst.
type piece struct {
	burst       *burst
	from, until int
}

// compact returns the piece as a copy where it uses less than a quarter of its burst, so that what a queue keeps alive
// is bounded by what it counts.
func (p piece) compact() piece {
	if 4*p.burst.size(p.from, p.until) >= len(p.burst.data) {
		return p
	}
	start := p.burst.start(p.from)
	own := &burst{
		data: slices.Clone(p.burst.data[start:p.burst.ends[p.until-1]]),
		ends: slices.Clone(p.burst.ends[p.from:p.until]),
	}
	for i := range own.ends {
		own.ends[i] -= start
	}
	return piece{own, 0, p.until - p.from}
}

func newOutbox(l *limits) *outbox { return &outbox{limits: l} }

// begin names the taker. It takes until take gives it nothing, or says that nothing will follow.
func (o *outbox) begin(taker func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taker = taker
	o.rouse()
}

// offer queues as many of the piece's messages as there is room for and returns what is left, and a channel that is
// closed when there may be room. A connection that is closing takes all, to no effect.
func (o *outbox) offer(p piece) (rest piece, room <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.parting != nil || o.gone {
		return piece{p.burst, p.until, p.until}, nil
	}
	if fits := o.fits(p); fits > 0 {
		o.pieces = append(o.pieces, piece{p.burst, p.from, p.from + fits}.compact())
		o.messages += fits
		o.bytes += p.burst.size(p.from, p.from+fits)
		p.from += fits
		o.rouse()
	}
	if p.from == p.until {
		return p, nil
	}
	return p, o.change()
}

// fits returns how many of the piece's messages there is room for.
func (o *outbox) fits(p piece) int {
	count := min(p.until-p.from, o.limits.queueMessages-o.messages)
	room := o.limits.queueBytes - o.bytes
	if count <= 0 || p.burst.size(p.from, p.from+count) <= room {
		return max(count, 0)
	}
	within := sort.Search(count, func(i int) bool { return p.burst.size(p.from, p.from+i+1) > room })
	if within == 0 && o.messages == 0 {
		return 1
	}
	return within
}

// lose counts messages that the connection will not get.
func (o *outbox) lose(n int) {
	o.mu.Lock()
	o.lost += uint64(n)
	o.mu.Unlock()
}

// enqueueControl queues a whole ping or pong frame, unless too many wait.
func (o *outbox) enqueueControl(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.parting == nil && len(o.control)+len(frame) <= maxControl {
		o.control = append(o.control, frame...)
		o.rouse()
	}
}

// part queues the close frame, the first one only. Where keep is false, what waits before it is lost and counted.
func (o *outbox) part(frame []byte, keep bool) (first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.parting != nil || o.gone {
		return false
	}
	o.parting = frame
	if !keep {
		o.empty()
	}
	o.tellChange()
	o.rouse()
	return true
}

// abandon ends the taking: nobody is left to write to. first says that the connection was not ending yet.
func (o *outbox) abandon() (first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	first = o.parting == nil && !o.gone
	o.gone = true
	o.empty()
	o.tellChange()
	o.rouse()
	return first
}

func (o *outbox) empty() {
	o.lost += uint64(o.messages)
	o.pieces, o.messages, o.bytes, o.control = nil, 0, 0, nil
}

// take returns frames of up to burstBytes, at least one message, which are the taker's until it comes again. last says
// that nothing will follow. Where there are none and more may follow, the taker is done: it is started again when there
// is more.
func (o *outbox) take() (frames net.Buffers, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tellChange()
	clear(o.taken)
	frames = o.taken[:0]
	if len(o.control) > 0 {
		frames, o.control = append(frames, o.control), nil
	}
	frames = o.takePieces(frames)
	last = o.gone
	if o.parting != nil && len(o.pieces) == 0 && !o.gone {
		frames, last = append(frames, o.parting), true
	}
	o.taken, o.taking = frames, len(frames) > 0 || last
	return frames, last
}

func (o *outbox) takePieces(to net.Buffers) net.Buffers {
	room, done := burstBytes, 0
	for done < len(o.pieces) && room > 0 {
		p := &o.pieces[done]
		count := sort.Search(p.until-p.from, func(i int) bool { return p.burst.size(p.from, p.from+i+1) > room })
		if count == 0 && room == burstBytes {
			count = 1
		}
		if count == 0 {
			break
		}
		size := p.burst.size(p.from, p.from+count)
		to = append(to, p.burst.data[p.burst.start(p.from):p.burst.ends[p.from+count-1]])
		room, p.from = room-size, p.from+count
		o.messages, o.bytes = o.messages-count, o.bytes-size
		if p.from < p.until {
			break
		}
		*p = piece{}
		done++
	}
	if o.pieces = o.pieces[done:]; len(o.pieces) == 0 {
		o.pieces = nil
	}
	return to
}

// flushed returns a closed-later channel while something is queued or being written, else nil.
func (o *outbox) flushed() (wait <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone || o.messages == 0 && !o.taking {
		return nil
	}
	return o.change()
}

// isGone reports whether the connection was abandoned.
func (o *outbox) isGone() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.gone
}

// state returns how many messages wait and how many were lost so far.
func (o *outbox) state() (queued int, lost uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.messages, o.lost
}

func (o *outbox) rouse() {
	if o.taker != nil && !o.taking {
		o.taking = true
		go o.taker()
	}
}

func (o *outbox) change() <-chan struct{} {
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return o.changed
}

func (o *outbox) tellChange() {
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
}
