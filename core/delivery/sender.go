package delivery

import (
	"time"

	"github.com/araldo-relay/araldo/core"
)

// sender is an outlet's state. Only its goroutine touches it.
type sender struct {
	Options
	outlet *Outlet
	// before is the outlet whose place this one takes, until it has inherited from it; heir is the one that inherits.
	before, heir *Outlet
	// now is the outlet's clock at the beginning of the round.
	now     time.Duration
	account account
	queue   queue
	flow    flow
	// open are in flight, pending are those of which a receipt said that a later one settles them.
	open, pending flights
	encodings     int // under way
	burials       map[*burial]struct{}
	buried        int

	enabled bool
	// pausedUntil is when the lane may send again after setbacks in a row, breakerUntil when to ask the breaker.
	pausedUntil, breakerUntil time.Duration
	setbacks                  int
	// holding: the queue has what was kept while the endpoint was away.
	holding bool
	// probing: the message in flight decides for the breaker.
	probing     bool
	lastFailure string
	void        uint64
	violations  uint64
	latency     core.Latency
	position    uint64

	idlers, resters []chan struct{}

	timer *time.Timer
	armed time.Duration // when the timer fires; 0: never
	// closing ends the goroutine; what is left then is dropped for reason.
	closing bool
	reason  core.Reason

	// scratch space, empty between uses
	got    contents
	runs   []flight
	failed []failedRun
}

// flow is the lane's stream as far as it concerns sending. Without a lane all of it is zero.
type flow struct {
	lane  core.Lane
	epoch uint64
	// resting: nothing more is sent on the lane.
	resting bool
	// next is the sequence number of the next message, upTo the highest cumulative receipt.
	next, upTo uint64
	// lost is the highest sequence number that was given up for lack of a receipt.
	lost     uint64
	messages uint64
	bytes    int64
	// progress is when a receipt last said something of a message; pendingSince is no later than when the oldest
	// pending one was named so.
	progress, pendingSince time.Duration
}

func newSender(o, before *Outlet) *sender {
	s := &sender{
		Options: o.options,
		outlet:  o,
		before:  before,
		burials: map[*burial]struct{}{},
		enabled: true,
		timer:   time.NewTimer(0),
	}
	s.timer.Stop()
	s.queue.maxMessages, s.queue.maxCost = s.Messages, s.Bytes
	s.queue.encodes = s.Encoder != nil
	return s
}

// run works until Close.
func (s *sender) run() {
	defer close(s.outlet.done)
	defer s.timer.Stop()
	for {
		s.round()
		if s.closing {
			return
		}
		select {
		case <-s.outlet.signal:
		case <-s.timer.C:
			s.armed = 0
		}
	}
}

// round does all that waits, then sends what may be sent.
func (s *sender) round() {
	s.now = s.outlet.clock()
	s.outlet.box.collect(&s.got)
	s.account.take(s.got.absent)
	s.work()
	if s.closing {
		s.close()
		return
	}
	s.expire()
	s.timeOut()
	s.send()
	s.encode()
	s.overflow()
	s.queue.admit()
	s.publish()
	s.releaseIdlers()
	s.releaseResters()
	s.arm()
}

// work empties what was collected: events first, so that a batch offered after a call finds the call's effect.
func (s *sender) work() {
	for i := range s.got.events {
		s.handle(&s.got.events[i])
	}
	clear(s.got.events)
	for s.got.batches.len() > 0 {
		s.admit(s.got.batches.popFront())
	}
	if s.heir != nil && s.portable() {
		s.closing = true
	}
}

func (s *sender) handle(e *event) {
	switch e.kind {
	case eventUp:
		s.up(e.lane, e.epoch)
	case eventDown:
		s.down(e.lane, e.died)
	case eventCredit:
		s.credit(e.epoch, e.messages, e.bytes)
	case eventReceipt:
		s.receipt(&e.receipt)
	case eventEnabled:
		s.setEnabled(e.enabled)
	case eventEncoded:
		s.encoded(e.encoding)
	case eventBuried:
		s.settleBurial(e.burial, e.first, e.count)
	case eventExhume:
		s.exhume()
	case eventDrain:
		s.idlers = append(s.idlers, e.idle)
	case eventTune:
		s.tune(e.tuning)
	case eventBequeath:
		s.heir = e.heir
	case eventInherit:
		s.inherit(e.estate)
	case eventRest:
		s.rest(e.idle)
	case eventClose:
		if !s.closing {
			s.closing, s.reason = true, e.reason
		}
	}
}

func (s *sender) releaseIdlers() {
	if len(s.idlers) == 0 || s.account.Queued+s.account.InFlight > 0 {
		return
	}
	for _, idle := range s.idlers {
		close(idle)
	}
	s.idlers = nil
}

// arm sets the timer to the next moment at which time alone changes something.
func (s *sender) arm() {
	next := s.deadline()
	if next == 0 || s.armed != 0 && s.armed <= next {
		return
	}
	s.armed = next
	s.timer.Reset(max(next-s.now, 0))
}

// deadline is that moment; 0 where there is none.
func (s *sender) deadline() time.Duration {
	var next time.Duration
	sooner := func(at time.Duration) {
		if next == 0 || at < next {
			next = max(at, 1)
		}
	}
	if life := s.life(); life > 0 && s.queue.messages > 0 {
		oldest, _ := s.queue.oldest()
		sooner(oldest + life)
	}
	if at, found := s.silentAt(); found {
		sooner(at)
	}
	if s.flow.lane == nil || !s.enabled || s.queue.messages == 0 {
		return next
	}
	for _, at := range []time.Duration{s.pausedUntil, s.breakerUntil} {
		if at > s.now {
			sooner(at)
		}
	}
	if len(s.queue.later) > 0 && s.queue.later[0].due > s.now {
		sooner(s.queue.later[0].due)
	}
	return next
}
