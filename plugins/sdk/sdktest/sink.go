package sdktest

import (
	"bytes"
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
)

func (s *suite) sinkChecks() []check {
	return []check{
		{"outbound order", func(t T) { s.checkOutboundOrder(t, core.LaneOptions{}) }},
		{"outbound order acked", func(t T) { s.checkOutboundOrder(t, core.LaneOptions{Acked: true}) }},
		{"outbound order strict", func(t T) { s.checkOutboundOrder(t, core.LaneOptions{Acked: true, Strict: true}) }},
		{"outbound sizes", s.checkOutboundSizes},
		{"outbound lanes", s.checkLanes},
		{"outbound epochs", s.checkEpochs},
		{"outbound drain", s.checkOutboundDrain},
		{"outbound disabled", s.checkDisabled},
		{"outbound cancel", s.checkCancel},
		{"slow sink", s.checkSlow},
		{"refusing sink", s.checkRefusing},
	}
}

// checkOutboundOrder: far more than a window passes, in order and whole, each message receipted once and its credit
// given back.
func (s *suite) checkOutboundOrder(t T, o core.LaneOptions) {
	name, outside := s.open(t)
	session := s.attach(t, name)
	session.OpenLane(t, 1, 1, o)
	window := *session.Seen().Lanes[1]
	list := payloads(5000)
	sent, bytes := session.pump(t, 1, 1, list)
	seen := session.waitSettled(t, 1, sent)
	l := seen.Lanes[1]
	if len(l.Exceptions) > 0 || len(l.Counts) > 0 {
		t.Errorf("not all confirmed: %+v, %v", l.Exceptions, l.Counts)
	}
	session.Wait(t, "the credit", func(seen *Seen) bool { return seen.Lanes[1].Messages >= window.Messages+sent })
	l = session.Seen().Lanes[1]
	if l.Messages != window.Messages+sent || l.Bytes != window.Bytes+bytes {
		t.Errorf("credit for %d messages and %d bytes, must be %d and %d", l.Messages, l.Bytes, window.Messages+sent, window.Bytes+bytes)
	}
	s.compare(t, session, outside, list)
}

// attach is Hub.Attach with room for what an instance echoes or answers.
func (s *suite) attach(t T, name string) *Session {
	t.Helper()
	session := s.hub.Attach(t, name)
	if s.Echoes || s.Answers {
		session.OpenInbound(t, 1, unlimited, unlimited)
	}
	return session
}

// compare reads what the other side got.
func (s *suite) compare(t T, session *Session, o Outside, wanted [][]byte) {
	t.Helper()
	if s.Echoes {
		sameMessages(t, session.waitMessages(t, len(wanted)).Messages, wanted)
		return
	}
	if o.Read == nil {
		return
	}
	got := o.Read(inTest(t), len(wanted))
	if !s.NoOrder {
		samePayloads(t, got, wanted)
		return
	}
	messages := make([]core.Message, len(got))
	for i := range got {
		messages[i].Payload = got[i]
	}
	sameSet(t, messages, wanted)
}

// checkOutboundSizes: large and empty payloads pass unchanged.
func (s *suite) checkOutboundSizes(t T) {
	name, outside := s.open(t)
	session := s.attach(t, name)
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	list := [][]byte{[]byte("a"), bytes.Repeat([]byte("b"), s.MaxPayload), []byte("c")}
	if !s.NoEmpty {
		list = append(list, []byte{}, []byte("d"))
	}
	for range 12 {
		list = append(list, bytes.Repeat([]byte("e"), s.MaxPayload))
	}
	sent, _ := session.pump(t, 1, 1, list)
	if l := session.waitSettled(t, 1, sent).Lanes[1]; len(l.Exceptions) > 0 {
		t.Errorf("not all confirmed: %+v", l.Exceptions)
	}
	s.compare(t, session, outside, list)
}

// checkLanes: lanes have sequences, credit and receipts of their own.
func (s *suite) checkLanes(t T) {
	name, outside := s.open(t)
	session := s.attach(t, name)
	session.OpenLane(t, 1, 1, core.LaneOptions{Source: "a"})
	session.OpenLane(t, 7, 5, core.LaneOptions{Source: "b", Acked: true})
	session.pump(t, 1, 1, payloads(100))
	session.pump(t, 7, 5, payloads(50))
	session.waitSettled(t, 1, 100)
	session.waitSettled(t, 7, 50)
	session.Send(t, closeLane(1))
	session.Deliver(t, 1, 1, 101, []byte("late"))
	session.Deliver(t, 7, 5, 51, []byte("after"))
	seen := session.waitSettled(t, 7, 51)
	if seen.Lanes[1].UpTo != 100 {
		t.Errorf("a closed lane was receipted up to %d", seen.Lanes[1].UpTo)
	}
	if outside.Read != nil {
		outside.Read(inTest(t), 151)
	}
	session.OpenLane(t, 1, 2, core.LaneOptions{})
	session.Deliver(t, 1, 2, 1, []byte("again"))
	session.waitSettled(t, 1, 1)
}

// checkEpochs: a new epoch begins at 1 with fresh credit; what comes of an older one is void.
func (s *suite) checkEpochs(t T) {
	name, _ := s.open(t)
	session := s.attach(t, name)
	session.OpenLane(t, 1, 3, core.LaneOptions{Acked: true})
	session.pump(t, 1, 3, payloads(100))
	session.OpenLane(t, 1, 4, core.LaneOptions{Acked: true})
	if credit := session.Seen().Lanes[1].Messages; credit == 0 || credit > 1<<20 {
		t.Errorf("a new epoch begins with credit for %d", credit)
	}
	session.Deliver(t, 1, 3, 101, []byte("void"))
	session.Deliver(t, 1, 4, 1, []byte("new"))
	session.waitSettled(t, 1, 1)
	session.sync(t, 1)
	if l := session.Seen().Lanes[1]; l.UpTo != 1 || len(l.Exceptions) > 0 {
		t.Errorf("the new epoch is settled up to %d with %+v", l.UpTo, l.Exceptions)
	}
}

// checkOutboundDrain: when a drain returns, all that was sent is settled.
func (s *suite) checkOutboundDrain(t T) {
	name, outside := s.open(t)
	session := s.attach(t, name)
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	list := payloads(500)
	session.Deliver(t, 1, 1, 1, list...)
	session.sync(t, 1)
	if err := s.hub.Drain(name, core.DirectionOutbound); err != nil {
		t.Fatalf("drain: %v", err)
	}
	session.sync(t, 2)
	if l := session.Seen().Lanes[1]; l.UpTo != 500 {
		t.Errorf("drained, and settled up to %d of 500", l.UpTo)
	}
	s.compare(t, session, outside, list)
}

// checkDisabled: a disabled endpoint takes nothing and says so; enabled again it works.
func (s *suite) checkDisabled(t T) {
	name, outside := s.open(t)
	session := s.attach(t, name)
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	if err := s.hub.SetEnabled(name, false); err != nil {
		t.Fatal(err)
	}
	session.Deliver(t, 1, 1, 1, payloads(3)...)
	l := session.waitSettled(t, 1, 3).Lanes[1]
	for _, x := range l.Exceptions {
		if x.Outcome != core.OutcomeFailed || x.Failure.Attempted != core.AttemptedNo || x.Failure.Scope != core.ScopeEndpoint {
			t.Errorf("disabled: %+v, %+v", x, x.Failure)
		}
	}
	if len(l.Exceptions) == 0 {
		t.Error("a disabled endpoint confirmed messages")
	}
	if err := s.hub.SetEnabled(name, true); err != nil {
		t.Fatal(err)
	}
	outside.ready(t)
	session.OpenLane(t, 1, 2, core.LaneOptions{Acked: true})
	session.Deliver(t, 1, 2, 1, []byte("back"))
	if l := session.waitSettled(t, 1, 1).Lanes[1]; len(l.Exceptions) > 0 {
		t.Errorf("enabled again: %+v", l.Exceptions[0].Failure)
	}
	s.compare(t, session, outside, [][]byte{[]byte("back")})
}

// checkCancel: a stream that breaks in the middle leaves the instance usable.
func (s *suite) checkCancel(t T) {
	name, _ := s.open(t)
	for epoch := uint64(1); epoch <= 20; epoch++ {
		session := s.attach(t, name)
		session.OpenLane(t, 1, epoch, core.LaneOptions{})
		session.Deliver(t, 1, epoch, 1, payloads(200)...)
		if epoch%2 == 0 {
			session.waitSettled(t, 1, 1)
		}
		session.Cancel()
	}
	session := s.attach(t, name)
	session.OpenLane(t, 1, 100, core.LaneOptions{})
	session.Deliver(t, 1, 100, 1, []byte("alive"))
	session.waitSettled(t, 1, 1)
}

// checkSlow: a sink that takes nothing gets no more than its window, and does not keep its instance open.
func (s *suite) checkSlow(t T) {
	name, _ := s.openIn(t, s.NewStalled(inTest(t)))
	session := s.attach(t, name)
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	window := session.Seen().Lanes[1].Messages
	session.Deliver(t, 1, 1, 1, payloads(int(window))...)
	session.sync(t, 1)
	ctx, cancel := context.WithTimeout(context.Background(), patience/10)
	defer cancel()
	if code := status.Code(s.hub.drain(ctx, name, core.DirectionOutbound)); code != codes.DeadlineExceeded {
		t.Errorf("draining what nothing takes: %v", code)
	}
	session.sync(t, 1)
	if l := session.Seen().Lanes[1]; l.Messages != window || l.UpTo != 0 {
		t.Errorf("nothing was taken, and credit grew from %d to %d, settled up to %d", window, l.Messages, l.UpTo)
	}
	late := time.NewTimer(patience / 2)
	defer late.Stop()
	closed := make(chan error, 1)
	go func() { closed <- s.hub.Close(name) }()
	select {
	case err := <-closed:
		if err != nil {
			t.Errorf("close: %v", err)
		}
	case <-late.C:
		t.Errorf("close took longer than %s", patience/2)
		<-closed
	}
}

// checkRefusing: what the other side refuses is named as failed, on lanes of all modes.
func (s *suite) checkRefusing(t T) {
	name, _ := s.openIn(t, s.NewRefusing(inTest(t)))
	session := s.attach(t, name)
	for lane, acked := range []bool{false, true} {
		number := uint32(lane + 1)
		session.OpenLane(t, number, 1, core.LaneOptions{Acked: acked})
		session.Deliver(t, number, 1, 1, payloads(3)...)
		l := session.waitSettled(t, number, 3).Lanes[number]
		failed := uint64(0)
		for _, x := range l.Exceptions {
			if x.Outcome == core.OutcomeFailed {
				failed += x.Count
			}
		}
		if failed != 3 {
			t.Errorf("the other side refused 3 messages, and %d were confirmed", 3-failed)
		}
	}
}

// pump sends payloads in batches, staying within the lane's credit, and returns how many messages and bytes that were.
func (s *Session) pump(t T, lane uint32, epoch uint64, list [][]byte) (sent, bytes uint64) {
	t.Helper()
	for len(list) > 0 {
		seen := s.Wait(t, "credit", func(seen *Seen) bool {
			return seen.Lanes[lane].Messages > sent && seen.Lanes[lane].Bytes > bytes
		})
		l := seen.Lanes[lane]
		n, size := 0, 0
		for n < min(len(list), 100) && uint64(n) < l.Messages-sent && bytes+uint64(size) < l.Bytes && size < 1<<20 {
			size += len(list[n])
			n++
		}
		s.Deliver(t, lane, epoch, sent+1, list[:n]...)
		sent += uint64(n)
		bytes += uint64(size)
		list = list[n:]
	}
	return sent, bytes
}

// waitSettled waits until a lane is settled up to a sequence number.
func (s *Session) waitSettled(t T, lane uint32, upTo uint64) Seen {
	t.Helper()
	return s.Wait(t, "receipts", func(seen *Seen) bool { return seen.Lanes[lane].UpTo >= upTo })
}
