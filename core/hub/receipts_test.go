package hub_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// A source's last receipts are gathered still when its endpoint ends, for whatever reason. What was delivered must be
// acknowledged by then, or it comes again: to this hub or to another.
//
// fault: F12
func TestWhatWasDeliveredIsAcknowledgedBeforeItsSourceEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		// end ends the source, again begins with it again; again is nil where end does.
		end, again func(s *settlingRelay)
	}{
		{"stop", func(s *settlingRelay) { s.stop() }, func(s *settlingRelay) { s.relay = start(s.t, s.text("1m")) }},
		{"disable", func(s *settlingRelay) { s.switched(false) }, func(s *settlingRelay) { s.switched(true) }},
		{"restart of the plugin", func(s *settlingRelay) { s.restarted("redis") }, nil},
		{"reload of the source", func(s *settlingRelay) { s.changed() }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startSettling(t)
			stop := feeding(t, s.client, "orders")
			for range 3 {
				s.flows()
				c.end(s)
				if c.again != nil {
					s.noneBoth()
					c.again(s)
				}
			}
			s.allOnce(stop())
		})
	}
}

// settlingRelay is a relay from a stream to a mock with a record.
type settlingRelay struct {
	*relay
	client            *redis.Client
	url, data, record string
	changes           int
}

func startSettling(t *testing.T) *settlingRelay {
	s := &settlingRelay{data: t.TempDir(), record: filepath.Join(t.TempDir(), "record")}
	s.client, s.url = redisServer(t)
	s.relay = start(t, s.text("1m"))
	return s
}

func (s *settlingRelay) text(claimIdle string) string {
	return fmt.Sprintf(`
global: {data-dir: %q}
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %q, stream: orders, group: hub, claim-idle: %s}
    - {name: kept, id: endpoint-mock, record: %q}
routes:
  orders: [kept]
`, s.data, s.url, claimIdle, s.record)
}

func (s *settlingRelay) switched(enabled bool) {
	s.t.Helper()
	if err := s.SetEnabled(s.t.Context(), "orders", enabled); err != nil {
		s.t.Fatal(err)
	}
}

func (s *settlingRelay) changed() {
	s.t.Helper()
	s.changes++
	s.reloaded(s.text(fmt.Sprint(s.changes+1, "m")))
}

func (s *settlingRelay) flows() {
	s.t.Helper()
	before := s.outlet("orders", "kept").Account.Delivered
	eventually(s.t, "messages flow", func() bool { return s.outlet("orders", "kept").Account.Delivered > before+200 })
}

// noneBoth checks that no entry is pending that was delivered.
func (s *settlingRelay) noneBoth() {
	s.t.Helper()
	pending, err := s.client.XPendingExt(s.t.Context(), &redis.XPendingExtArgs{Stream: "orders", Group: "hub", Start: "-", End: "+",
		Count: 100_000}).Result()
	if err != nil {
		s.t.Fatal(err)
	}
	delivered, both := arrivals(s.t, s.record), 0
	for _, p := range pending {
		entry, err := s.client.XRange(s.t.Context(), "orders", p.ID, p.ID).Result()
		if err != nil || len(entry) != 1 {
			s.t.Fatalf("entry %s: %v, %v", p.ID, entry, err)
		}
		number, _, _ := strings.Cut(fmt.Sprint(entry[0].Values["body"]), " ")
		if n, err := strconv.Atoi(number); err != nil || delivered[n] > 0 {
			both++
		}
	}
	if both > 0 {
		s.t.Errorf("%d entries are pending that were delivered", both)
	}
}

// allOnce waits until all that was added is settled, and checks that none of it was delivered twice.
func (s *settlingRelay) allOnce(added int) {
	s.t.Helper()
	eventually(s.t, "all is delivered and acknowledged", func() bool {
		pending, err := s.client.XPending(s.t.Context(), "orders", "hub").Result()
		return err == nil && pending.Count == 0 && len(arrivals(s.t, s.record)) == added
	})
	again := 0
	for _, n := range arrivals(s.t, s.record) {
		again += n - 1
	}
	if again > 0 {
		s.t.Errorf("%d of %d entries came again", again, added)
	}
}
