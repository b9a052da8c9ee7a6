package websocket

import (
	"testing"
	"time"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// A sender that waits for slow clients is done with them before the hub takes the endpoint for hung, however many they
// are, and one of them alone is cut for it.
func TestWaitingForManySlowConnectionsTakesNoLongerThanForOne(t *testing.T) {
	if standard.wait > config.DefaultTimeout*3/4 {
		t.Errorf("senders wait %v, the hub's timeout is %v", standard.wait, config.DefaultTimeout)
	}
	c := defaults()
	c.Slow = SlowWait
	const wait, slow = 500 * time.Millisecond, 8
	s := serve(t, c, func(_ *sdk.Instance, l *limits) {
		l.wait, l.queueMessages, l.grace = wait, 4, 50*time.Millisecond
	})
	for range slow {
		s.raw(t)
	}
	eventually(t, "all are connected", func() bool { return s.figure(t, "connections") == slow })
	sink := s.sink(t, sdk.LaneOptions{Waits: true})
	list := make([]string, 64)
	for i := range list {
		list[i] = big
	}
	began, longest := time.Now(), time.Duration(0)
	for s.figure(t, "cut-slow") < slow {
		sent := time.Now()
		if err := sink.Send(within(t), texts(list...)); err != nil && s.figure(t, "connections") > 0 {
			t.Fatal(err)
		}
		if longest = max(longest, time.Since(sent)); time.Since(began) > patience {
			t.Fatal("they are not cut")
		}
	}
	if longest > slow*wait/2 {
		t.Errorf("a Send took %v, the wait is %v", longest, wait)
	}
}

// Only the endpoint's own key makes senders wait for clients: an outlet that waits does not.
func TestALaneThatWaitsDoesNotWaitForSlowClients(t *testing.T) {
	for slow, want := range map[Slow]int{SlowDrop: 0, SlowWait: portionMessages} {
		c := defaults()
		c.Slow = slow
		s := serve(t, c)
		portioned, can := s.sink(t, sdk.LaneOptions{Waits: true}).(sdk.Portioned)
		if !can {
			t.Fatal("the lane has no portions")
		}
		if messages, _ := portioned.Portion(); messages != want {
			t.Errorf("slow: %s: portions of %d messages, want %d", slow, messages, want)
		}
		s.end(t, sdk.CloseRemoved)
	}
	c := defaults()
	s := serve(t, c, func(_ *sdk.Instance, l *limits) { l.wait, l.queueMessages, l.grace = patience, 4, 50*time.Millisecond })
	s.raw(t)
	eventually(t, "one is connected", func() bool { return s.figure(t, "connections") == 1 })
	sink := s.sink(t, sdk.LaneOptions{Waits: true})
	eventually(t, "a client that reads nothing loses messages", func() bool {
		_ = sink.Send(within(t), texts(big, big, big))
		return s.figure(t, "lost-slow") > 0
	})
}
