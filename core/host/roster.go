package host

import (
	"slices"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/proto/wire"
)

// roster is an endpoint's lanes through all streams. Lanes come and go while a stream stands, without a word to the
// others on it.
type roster struct {
	mu     sync.Mutex
	slots  []*laneSlot
	last   uint32  // the highest number ever given: none is given twice
	epoch  uint64  // of lane 0
	stream *stream // the one that stands, nil while there is none
}

// laneSlot is an outlet's lane through all streams.
type laneSlot struct {
	number  uint32
	options core.LaneOptions
	user    core.LaneUser
	epoch   uint64 // guarded by the mutex of the stream that stands

	calls   sync.Mutex // held during each call of user
	removed bool       // guarded by calls: user hears nothing any more
}

// tell calls the lane's user, one call at a time.
func (slot *laneSlot) tell(what func(core.LaneUser)) {
	slot.calls.Lock()
	defer slot.calls.Unlock()
	if !slot.removed {
		what(slot.user)
	}
}

// AddLane gives the endpoint an outlet's lane, before Open or later. Where a stream stands, the user is told Up before
// AddLane returns.
func (e *Endpoint) AddLane(options core.LaneOptions, user core.LaneUser) {
	r := &e.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	slot := &laneSlot{number: r.last, options: options, user: user}
	r.slots = append(r.slots, slot)
	if r.stream != nil {
		r.stream.add(slot)
	}
}

// RemoveLane takes an outlet's lane away: where a stream stands, the user is told Down before RemoveLane returns, and
// hears nothing after that. What was sent and not receipted has an unknown fate. Nothing happens if it has no lane.
func (e *Endpoint) RemoveLane(user core.LaneUser) {
	r := &e.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	at := slices.IndexFunc(r.slots, func(slot *laneSlot) bool { return slot.user == user })
	if at < 0 {
		return
	}
	slot := r.slots[at]
	r.slots = slices.Delete(r.slots, at, at+1)
	if r.stream != nil {
		r.stream.remove(slot)
	}
}

// receive begins an epoch of lane 0 on the stream that stands. The caller holds the lock.
func (r *roster) receive() {
	s := r.stream
	r.epoch++
	in := newInbound(s, r.epoch)
	if before := s.inbound.Swap(in); before != nil {
		before.end()
	}
	s.mu.Lock()
	s.opens = append(s.opens, wire.ToLaneOpen(0, r.epoch, core.LaneOptions{Acked: in.receipts}))
	s.mu.Unlock()
	s.wake()
}

// share carries over what came over the stream that stands and is not settled.
func (r *roster) share() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stream == nil {
		return
	}
	if in := r.stream.inbound.Load(); in != nil {
		in.share()
	}
}

// standing is the stream that stands, nil while there is none.
func (r *roster) standing() *stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stream
}

// flush has the gathered receipts of the stream that stands sent now, and returns how many frames the plugin has had when
// they are with it; 0 where none stands.
func (r *roster) flush() (frames uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stream == nil {
		return 0
	}
	return r.stream.flush()
}

// begin puts all lanes on a stream and tells their users.
func (r *roster) begin(s *stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stream = s
	if s.endpoint.receives() {
		r.receive()
	}
	for _, slot := range r.slots {
		s.add(slot)
	}
}

// end takes all lanes from a stream and tells their users.
func (r *roster) end(s *stream, pluginDied bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stream = nil
	for _, slot := range r.slots {
		l := s.take(slot)
		slot.tell(func(user core.LaneUser) { user.Down(l, pluginDied) })
	}
}

// add opens a lane on a stream. Its user is told Up before anything that the plugin says of it.
func (s *stream) add(slot *laneSlot) {
	slot.tell(func(user core.LaneUser) {
		l := &lane{stream: s, slot: slot}
		s.mu.Lock()
		s.lanes = append(s.lanes, l)
		s.highest = slot.number
		s.open(l)
		epoch := l.epoch
		s.mu.Unlock()
		user.Up(l, epoch)
	})
	s.wake()
}

// remove closes a lane on a stream, at the plugin too.
func (s *stream) remove(slot *laneSlot) {
	l := s.take(slot)
	s.mu.Lock()
	s.closes = append(s.closes, slot.number)
	s.mu.Unlock()
	slot.tell(func(user core.LaneUser) {
		user.Down(l, false)
		slot.removed = true
	})
	s.wake()
}

// take takes a lane from the stream: its messages go nowhere any more.
func (s *stream) take(slot *laneSlot) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.lanes, func(l *lane) bool { return l.slot == slot })
	l := s.lanes[at]
	s.lanes = slices.Delete(s.lanes, at, at+1)
	l.close()
	return l
}
