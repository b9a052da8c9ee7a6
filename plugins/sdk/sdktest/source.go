package sdktest

import (
	"bytes"

	"github.com/araldo-relay/araldo/core"
)

// unlimited is credit that no check uses up.
const unlimited = 1 << 40

func (s *suite) sourceChecks() []check {
	return []check{
		{"inbound order", s.checkInboundOrder},
		{"inbound credit", s.checkInboundCredit},
		{"inbound byte credit", s.checkInboundBytes},
		{"inbound sizes", s.checkInboundSizes},
		{"inbound new stream", s.checkInboundNewStream},
		{"inbound drain", s.checkInboundDrain},
		{"redelivery", s.checkRedelivery},
	}
}

// feed opens an instance and has these payloads brought in, or others where they can't be chosen: nil where nobody can say
// which, and none where nobody feeds it.
func (s *suite) feed(t T, payloads [][]byte) (string, *Session, [][]byte) {
	t.Helper()
	name, o := s.open(t)
	session := s.hub.Attach(t, name)
	switch {
	case o.Feed != nil:
		return name, session, o.Feed(inTest(t), payloads)
	case s.Echoes:
		return name, session, session.sendWindow(t, payloads)
	case s.BringsItself:
		return name, session, make([][]byte, len(payloads))
	}
	return name, session, nil
}

// echoLane is what an instance that echoes is fed by.
const echoLane = 1 << 19

// sendWindow sends what a lane's first credit allows, and returns that.
func (s *Session) sendWindow(t T, list [][]byte) [][]byte {
	t.Helper()
	s.OpenLane(t, echoLane, 1, core.LaneOptions{})
	credit := *s.Seen().Lanes[echoLane]
	n, size := 0, uint64(0)
	for n < len(list) && uint64(n) < credit.Messages && size < credit.Bytes {
		s.Deliver(t, echoLane, 1, uint64(n)+1, list[n])
		size += uint64(len(list[n]))
		n++
	}
	return list[:n]
}

// checkInboundOrder: all arrives, in order.
func (s *suite) checkInboundOrder(t T) {
	_, session, fed := s.feed(t, payloads(2000))
	session.OpenInbound(t, 1, uint64(len(fed))+10, unlimited)
	seen := session.waitMessages(t, len(fed))
	sameMessages(t, seen.Messages[:len(fed)], fed)
}

// checkInboundCredit: nothing comes without credit, and no more than there is credit for.
func (s *suite) checkInboundCredit(t T) {
	_, session, fed := s.feed(t, payloads(50))
	if fed == nil {
		return
	}
	session.OpenInbound(t, 1, 0, unlimited)
	session.sync(t, 1)
	for _, more := range []uint64{1, 10, 0, 39} {
		before := len(session.Seen().Messages)
		session.Grant(t, 1, more, 0)
		session.waitMessages(t, before+int(more))
		session.sync(t, 1)
	}
	sameMessages(t, session.Seen().Messages, fed)
}

// checkInboundBytes: byte credit holds messages back, and one message may overdraw it.
func (s *suite) checkInboundBytes(t T) {
	_, session, fed := s.feed(t, payloads(20))
	if fed == nil {
		return
	}
	session.OpenInbound(t, 1, unlimited, 1)
	session.waitMessages(t, 1)
	session.sync(t, 1)
	if n := len(session.Seen().Messages); n != 1 {
		t.Errorf("%d messages on one byte of credit", n)
	}
	session.Grant(t, 1, 0, unlimited)
	seen := session.waitMessages(t, len(fed))
	sameMessages(t, seen.Messages[:len(fed)], fed)
}

// checkInboundSizes: large and empty payloads pass unchanged.
func (s *suite) checkInboundSizes(t T) {
	list := [][]byte{[]byte("a"), bytes.Repeat([]byte("b"), s.MaxPayload), []byte("c")}
	if !s.NoEmpty {
		list = append(list, []byte{}, []byte("d"))
	}
	for range 12 {
		list = append(list, bytes.Repeat([]byte("e"), s.MaxPayload))
	}
	_, session, fed := s.feed(t, list)
	session.OpenInbound(t, 1, uint64(len(fed)), unlimited)
	seen := session.waitMessages(t, len(fed))
	sameMessages(t, seen.Messages[:len(fed)], fed)
}

// checkInboundNewStream: what was not sent on one stream comes on the next.
func (s *suite) checkInboundNewStream(t T) {
	_, session, fed := s.feed(t, payloads(30))
	if fed == nil {
		return
	}
	session.OpenInbound(t, 1, 10, unlimited)
	first := session.waitMessages(t, 10)
	session.Settle(t, core.Receipt{Epoch: 1, UpTo: 10})
	session.sync(t, 1)
	session.OpenInbound(t, 2, unlimited, unlimited)
	second := session.waitMessages(t, len(fed)-10)
	sameMessages(t, append(first.Messages[:10:10], second.Messages[:len(fed)-10]...), fed)
}

// checkInboundDrain: a drained inbound has sent what it read, and sends no more.
func (s *suite) checkInboundDrain(t T) {
	name, session, fed := s.feed(t, payloads(100))
	session.OpenInbound(t, 1, uint64(len(fed))+100, unlimited)
	session.waitMessages(t, len(fed))
	if err := s.hub.Drain(name, core.DirectionInbound); err != nil {
		t.Fatalf("drain: %v", err)
	}
	session.sync(t, 1)
	n := len(session.Seen().Messages)
	session.Grant(t, 1, 1000, 0)
	session.sync(t, 2)
	if more := len(session.Seen().Messages); more != n {
		t.Errorf("%d messages after the drain", more-n)
	}
}

// checkRedelivery: a source that promises replay brings again what was returned or never settled, and only that.
func (s *suite) checkRedelivery(t T) {
	o := s.New(inTest(t))
	in := s.hub.Validate(t, s.instance(o)).Capabilities.Inbound
	if o.Feed == nil || !replays(in) {
		return
	}
	name, o := s.openIn(t, o)
	fed := o.Feed(inTest(t), payloads(20))
	session := s.hub.Attach(t, name)
	session.OpenInbound(t, 1, 20, unlimited)
	session.waitMessages(t, 20)
	session.Settle(t, core.Receipt{Epoch: 1, UpTo: 10, Exceptions: []core.Exception{
		{First: 3, Count: 2, Outcome: core.OutcomeReturned},
	}})
	session.waitAgain(t, 20, fed[2:4], fed[:2], fed[4:])
	session.Settle(t, core.Receipt{Epoch: 1, UpTo: 10, Exceptions: []core.Exception{
		{First: 15, Count: 1, Outcome: core.OutcomeConfirmed},
	}})
	session.sync(t, 1)
	session.Cancel()
	session = s.hub.Attach(t, name)
	session.OpenInbound(t, 2, 0, unlimited)
	unsettled := append(append(append([][]byte{}, fed[2:4]...), fed[10:14]...), fed[15:]...)
	session.waitAgain(t, 0, unsettled, fed[:2], fed[4:10], fed[14:15])
}

func replays(in *core.Inbound) bool {
	return in != nil && in.Ack != core.AckNone && in.Replay != core.ReplayNone
}

// waitAgain grants credit until the wanted payloads have come after the first so many messages, however many others
// the source brings by itself, and fails where one of the unwanted came.
func (s *Session) waitAgain(t T, skip int, wanted [][]byte, unwanted ...[][]byte) {
	t.Helper()
	const step, rounds = 50, 1000
	found := func(seen *Seen) bool {
		return len(seen.Messages) >= skip && len(missing(seen.Messages[skip:], wanted)) == 0
	}
	seen := s.Seen()
	for round := 0; !found(&seen); round++ {
		if round == rounds {
			t.Fatalf("%d messages came, and not again: %.200q", len(seen.Messages), missing(seen.Messages[skip:], wanted))
		}
		s.Grant(t, s.epoch, step, 0)
		seen = s.Wait(t, "redelivery", func(seen *Seen) bool {
			return found(seen) || uint64(len(seen.Messages)) == s.granted.messages
		})
	}
	for _, list := range unwanted {
		for _, payload := range list {
			if len(missing(seen.Messages[skip:], [][]byte{payload})) == 0 {
				t.Errorf("%.60q was settled or is in flight, and came again", payload)
			}
		}
	}
}

// waitMessages waits for n messages of the epoch.
func (s *Session) waitMessages(t T, n int) Seen {
	t.Helper()
	return s.Wait(t, "messages", func(seen *Seen) bool { return len(seen.Messages) >= n })
}

// syncLanes are used by sync alone.
const syncLanes = 1 << 20

// sync waits until the plugin has answered on the stream, so that all it had to send before is here.
func (s *Session) sync(t T, n uint32) {
	t.Helper()
	s.mu.Lock()
	for s.seen.Lanes[syncLanes+n] != nil {
		n++
	}
	s.mu.Unlock()
	s.OpenLane(t, syncLanes+n, 1, core.LaneOptions{})
}

func sameMessages(t T, got []core.Message, wanted [][]byte) {
	t.Helper()
	list := make([][]byte, len(got))
	for i := range got {
		list[i] = got[i].Payload
	}
	samePayloads(t, list, wanted)
}

// samePayloads takes any payload in the place of one that is nil.
func samePayloads(t T, got, wanted [][]byte) {
	t.Helper()
	if len(got) != len(wanted) {
		t.Errorf("%d messages, must be %d", len(got), len(wanted))
	}
	for i := range min(len(got), len(wanted)) {
		if wanted[i] != nil && !bytes.Equal(got[i], wanted[i]) {
			t.Fatalf("message %d is %.60q (%d bytes), must be %.60q (%d bytes)", i+1, got[i], len(got[i]), wanted[i], len(wanted[i]))
		}
	}
}

// sameSet compares without regard to order.
func sameSet(t T, got []core.Message, wanted [][]byte) {
	t.Helper()
	if gone := missing(got, wanted); len(gone) > 0 || len(got) != len(wanted) {
		t.Errorf("%d messages, must be %d; missing: %.200q", len(got), len(wanted), gone)
	}
}

// missing lists the wanted payloads that did not come.
func missing(got []core.Message, wanted [][]byte) []string {
	came := make(map[string]int)
	for i := range got {
		came[string(got[i].Payload)]++
	}
	var gone []string
	for _, payload := range wanted {
		if came[string(payload)]--; came[string(payload)] < 0 {
			gone = append(gone, string(payload))
		}
	}
	return gone
}
