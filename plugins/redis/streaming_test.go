package redis

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// flow is an observed endpoint of a stream.
type flow struct {
	*streaming
	*observed
	// tokens are those of the batches, in order.
	tokens chan []string
}

// openFlow opens an endpoint of a stream that is closed with the test.
func openFlow(t testing.TB, c config, in sdk.Instance) *flow {
	t.Helper()
	seen := prepare(t, &c, &in)
	e, err := new(opener).openStream(context.Background(), in, c, quick)
	if err != nil {
		t.Fatal(err)
	}
	seen.closeAfter(t, e)
	return &flow{e, seen, make(chan []string, 100_000)}
}

// consume opens an endpoint and reads into batches and tokens until the test ends.
func consume(t testing.TB, c config) *flow {
	t.Helper()
	f := openFlow(t, c, sdk.Instance{Inbound: true})
	f.receive(t, f.emit)
	return f
}

func (f *flow) emit(_ context.Context, messages []sdk.Message, tokens ...string) error {
	f.tokens <- append([]string(nil), tokens...)
	f.batches <- append([]sdk.Message(nil), messages...)
	return nil
}

// settleNext waits for n more tokens and settles them.
func (f *flow) settleNext(t testing.TB, n int) {
	t.Helper()
	if err := f.Settle(context.Background(), f.nextTokens(t, n), nil); err != nil {
		t.Fatal(err)
	}
}

func (f *flow) nextTokens(t testing.TB, n int) []string {
	t.Helper()
	var list []string
	for len(list) < n {
		select {
		case some := <-f.tokens:
			list = append(list, some...)
		case <-time.After(patience):
			t.Fatalf("%d of %d tokens came", len(list), n)
		}
	}
	return list
}

// lane is a sink of the endpoint.
func (f *flow) lane(t testing.TB, o sdk.LaneOptions) sdk.Sink {
	t.Helper()
	k, err := f.Lane(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// add puts payloads into a stream, in order.
func add(t testing.TB, c *redis.Client, stream string, payloads ...string) {
	t.Helper()
	pipe := c.Pipeline()
	for _, payload := range payloads {
		pipe.XAdd(context.Background(), &redis.XAddArgs{Stream: stream, Values: []any{"body", payload}})
	}
	if _, err := pipe.Exec(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// names are the payloads that inOrder wants, from first on.
func names(first, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("message %d", first+i)
	}
	return list
}

// pending waits until so many entries of the group are pending.
func pending(t testing.TB, c *redis.Client, stream, group string, want int64) {
	t.Helper()
	for late := time.Now().Add(patience); ; {
		p, err := c.XPending(context.Background(), stream, group).Result()
		if err == nil && p.Count == want {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%+v pending, want %d (%v)", p, want, err)
		}
	}
}

// ofStreamAt is a configuration of a stream and its group.
func ofStreamAt(s *server, stream string) config {
	return config{URL: s.url(), streamConfig: streamConfig{Stream: stream, Group: "hub", Start: "beginning", OnLostGroup: "beginning"}}
}

// parity: A15
func TestStreamBringsAllInOrderAndForgetsWhatIsSettled(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	const n = 10_000
	add(t, foreign, "orders", names(0, n/2)...)
	f := consume(t, ofStreamAt(server, "orders"))
	f.expect(t, core.EventConnected)
	add(t, foreign, "orders", names(n/2, n/2)...)
	got := f.next(t, n)
	inOrder(t, got)
	seen := map[sdk.ID]bool{}
	for i := range got {
		seen[got[i].ID] = true
	}
	if len(seen) != n {
		t.Errorf("%d ids for %d messages", len(seen), n)
	}
	pending(t, foreign, "orders", "hub", n)
	f.settleNext(t, n)
	pending(t, foreign, "orders", "hub", 0)
	if held, received := f.figure(t, "held"), f.figure(t, "received"); held != 0 || received != n {
		t.Errorf("held %d, received %d", held, received)
	}
}

func TestFieldsAreAttributesAndBack(t *testing.T) {
	server := startServer(t)
	foreign := server.client()
	f := consume(t, ofStreamAt(server, "orders"))
	values := []any{"body", "payload", "Order-ID", "7", "user", "mallory", "bad", "\x00", "---", "x", "contenttype", "text/plain",
		"id", "what another hub wrote"}
	if err := foreign.XAdd(context.Background(), &redis.XAddArgs{Stream: "orders", Values: values}).Err(); err != nil {
		t.Fatal(err)
	}
	m := f.next(t, 1)[0]
	if m.Header.ContentType != "text/plain" || fmt.Sprint(m.Header.Attributes) != "[{orderid 7}]" {
		t.Errorf("header %+v", m.Header)
	}
	if n := f.figure(t, "unmapped"); n != 3 {
		t.Errorf("figure unmapped is %d, want 3: a reserved name, a control character, no name", n)
	}
	out := openFlow(t, ofStreamAt(server, "copies"), sdk.Instance{Outbound: true})
	if err := out.lane(t, sdk.LaneOptions{}).Send(context.Background(), []sdk.Message{m}); err != nil {
		t.Fatal(err)
	}
	list, err := foreign.XRange(context.Background(), "copies", "-", "+").Result()
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	want := map[string]any{"body": "payload", "orderid": "7", "contenttype": "text/plain", "id": m.ID.String()}
	if fmt.Sprint(list[0].Values) != fmt.Sprint(want) {
		t.Errorf("fields %v, want %v", list[0].Values, want)
	}
}

func TestAddedMessagesStandInOrder(t *testing.T) {
	server := startServer(t)
	for name, o := range map[string]sdk.LaneOptions{"first-attempt": {}, "strict": {Strict: true}} {
		t.Run(name, func(t *testing.T) {
			c := ofStreamAt(server, name)
			c.MaxLen = 1000
			out := openFlow(t, c, sdk.Instance{Outbound: true})
			out.expect(t, core.EventConnected)
			lane := out.lane(t, o)
			for first := 0; first < 5000; first += 500 {
				if err := lane.Send(context.Background(), numbered(5000)[first:first+500]); err != nil {
					t.Fatal(err)
				}
			}
			list, err := server.client().XRange(context.Background(), name, "-", "+").Result()
			if err != nil || len(list) < 1000 || len(list) > 1200 {
				t.Fatalf("%d entries, want about 1000 (%v)", len(list), err)
			}
			for i, e := range list {
				if want := fmt.Sprintf("message %d", 5000-len(list)+i); e.Values["body"] != want {
					t.Fatalf("entry %d is %v, want %s", i, e.Values["body"], want)
				}
			}
			if n := out.figure(t, "added"); n != 5000 {
				t.Errorf("figure added is %d", n)
			}
		})
	}
}
