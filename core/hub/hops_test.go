package hub_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// What goes round inside the hub with a count of hops ends.
func TestWhatGoesRoundEndsAtTheHopLimit(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: circle, id: endpoint-mock, loop: true, every: 0s, count: 1, attributes: {hops: "1"}}
    - {name: seen, id: endpoint-mock, record: %s}
routes:
  circle: [circle, seen]
`, record))
	eventually(t, "the last round", func() bool {
		return r.outlet("circle", "circle").Account.Dropped["hop-limit"] == 1 &&
			r.outlet("circle", "seen").Account.Dropped["hop-limit"] == 1
	})
	for i, m := range records(t, record, 7) {
		if want := fmt.Sprint(i + 2); m.Attributes["hops"] != want {
			t.Errorf("round %d has %s hops, want %s", i, m.Attributes["hops"], want)
		}
	}
	if a := r.outlet("circle", "circle").Account; a.In != 8 || a.Delivered != 7 {
		t.Errorf("account %+v", a)
	}
}

// An envelope carries the count through Redis, and begins it.
func TestAnEnvelopeCarriesTheHops(t *testing.T) {
	client, url := redisServer(t)
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: events, id: marshal-json, envelope: cloudevents}
  endpoints:
    - {name: raw, id: endpoint-redis, url: "%[1]s", channel: raw}
    - {name: talk, id: endpoint-redis, url: "%[1]s", channel: talk, marshalling: events}
routes:
  raw: [talk]
  talk: [talk]
`, url))
	subscribed(t, client, "raw")
	subscribed(t, client, "talk")
	sub := subscribe(t, client, "talk")
	client.Publish(t.Context(), "raw", "hello")
	for round := range 8 {
		if got, want := receive(t, sub).Payload, fmt.Sprintf(`"hops":"%d"`, round+1); !strings.Contains(got, want) {
			t.Errorf("round %d: %s, want %s", round, got, want)
		}
	}
	eventually(t, "the last round", func() bool { return r.outlet("talk", "talk").Account.Dropped["hop-limit"] == 1 })
}
