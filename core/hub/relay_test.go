package hub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"
)

// subscribe returns a subscription that Redis has confirmed.
func subscribe(t *testing.T, client *redis.Client, channels ...string) *redis.PubSub {
	t.Helper()
	sub := client.Subscribe(t.Context(), channels...)
	t.Cleanup(func() { sub.Close() })
	for range channels {
		if _, err := sub.Receive(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return sub
}

func receive(t *testing.T, sub *redis.PubSub) *redis.Message {
	t.Helper()
	m, err := sub.ReceiveMessage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// subscribed waits until the hub's own subscription stands: what is published before is nobody's.
func subscribed(t *testing.T, client *redis.Client, channel string) {
	t.Helper()
	eventually(t, "the hub listens to "+channel, func() bool {
		return client.PubSubNumSub(t.Context(), channel).Val()[channel] > 0
	})
}

// parity: A1 A2 A3 A14 A15 A22 A23
func TestRedisReachesThreeBrowsersInOrderAndTheyReachRedis(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, path: /ws}
    - {name: news, id: endpoint-redis, url: "%s", channel: news}
    - {name: wishes, id: endpoint-redis, url: "%s", channel: wishes}
routes:
  news:
    - {to: browsers, queue: {overflow: block}}
  browsers: [wishes]
`, port, url, url))
	subscribed(t, client, "news")
	wishes := subscribe(t, client, "wishes")
	browsers := []*websocket.Conn{dial(t, port, "/ws"), dial(t, port, "/ws"), dial(t, port, "/ws")}
	eventually(t, "three browsers are connected", func() bool { return len(r.endpoint("browsers").Connections) == 3 })

	const n = 500
	go func() {
		for i := range n {
			client.Publish(t.Context(), "news", fmt.Sprintf("headline %d", i))
		}
	}()
	for b, c := range browsers {
		for i := range n {
			if got, want := read(t, c), fmt.Sprintf("headline %d", i); got != want {
				t.Fatalf("browser %d read %q, want %q", b, got, want)
			}
		}
	}
	for b, c := range browsers {
		send(t, c, fmt.Sprintf("wish of %d", b))
		if got := receive(t, wishes).Payload; got != fmt.Sprintf("wish of %d", b) {
			t.Fatalf("Redis got %q from browser %d", got, b)
		}
	}
	eventually(t, "all are accounted for", func() bool {
		return r.outlet("news", "browsers").Account.Delivered == n && r.outlet("browsers", "wishes").Account.Delivered == 3
	})
}

// parity: A5 A23
func TestTwoWebSocketEndpointsTalk(t *testing.T) {
	port := freePort(t)
	start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: left, id: endpoint-websocket}
    - {name: right, id: endpoint-websocket}
routes:
  left: [right]
  right: [left]
`, port))
	left, right := dial(t, port, "/left"), dial(t, port, "/right")
	for i := range 10 {
		send(t, left, fmt.Sprintf("ping %d", i))
		if got := read(t, right); got != fmt.Sprintf("ping %d", i) {
			t.Fatalf("right read %q", got)
		}
		send(t, right, fmt.Sprintf("pong %d", i))
		if got := read(t, left); got != fmt.Sprintf("pong %d", i) {
			t.Fatalf("left read %q", got)
		}
	}
}

// parity: A3 A23
func TestOneChannelFeedsBrowsersAndTwoChannels(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: in, id: endpoint-redis, url: "%[2]s", channel: in}
    - {name: one, id: endpoint-redis, url: "%[2]s", channel: one}
    - {name: two, id: endpoint-redis, url: "%[2]s", channel: two}
routes:
  in: [browsers, one, two]
`, port, url))
	subscribed(t, client, "in")
	sub := subscribe(t, client, "one", "two")
	c := dial(t, port, "/browsers")
	eventually(t, "the browser is connected", func() bool { return len(r.endpoint("browsers").Connections) == 1 })
	client.Publish(t.Context(), "in", "to all")
	got := []string{receive(t, sub).Channel, receive(t, sub).Channel}
	if joined := strings.Join(got, " "); joined != "one two" && joined != "two one" {
		t.Errorf("channels that got it: %v", got)
	}
	if text := read(t, c); text != "to all" {
		t.Errorf("the browser read %q", text)
	}
}

// parity: A22
func TestAHundredThousandMessagesFromOneBrowserArriveInOrder(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: out, id: endpoint-redis, url: "%s", channel: out}
routes:
  browsers:
    - {to: out, queue: {overflow: block}}
`, port, url))
	sub := subscribe(t, client, "out")
	c := dial(t, port, "/browsers")
	const n = 100_000
	go func() {
		for i := range n {
			if c.Write(t.Context(), websocket.MessageText, fmt.Append(nil, i)) != nil {
				return
			}
		}
	}()
	for i := range n {
		if got := receive(t, sub).Payload; got != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, got)
		}
	}
	eventually(t, "all are accounted for", func() bool { return r.outlet("browsers", "out").Account.Delivered == n })
}
