package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"
)

// bureau is a hub whose browsers ask a back end behind Redis.
type bureau struct {
	*relay
	client *redis.Client
	port   int
	asked  *redis.PubSub
}

func newBureau(t *testing.T, timeout string) *bureau {
	t.Helper()
	client, url := redisServer(t)
	b := &bureau{client: client, port: freePort(t)}
	b.relay = start(t, fmt.Sprintf(`
global: {server-port: %d, metrics-port: 0}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: events, id: marshal-json, envelope: cloudevents}
  endpoints:
    - {name: browsers, id: endpoint-websocket, path: /ws, marshalling: json}
    - {name: questions, id: endpoint-redis, url: "%[2]s", channel: questions, marshalling: events}
    - {name: answers, id: endpoint-redis, url: "%[2]s", channel: answers, marshalling: events}
routes:
  browsers:
    - {to: questions, reply-timeout: %[3]s, queue: {overflow: block}}
  answers:
    - {to: browsers, queue: {overflow: block}}
`, b.port, url, timeout))
	subscribed(t, client, "answers")
	b.asked = subscribe(t, client, "questions")
	return b
}

// clients connects that many browsers.
func (b *bureau) clients(n int) []*websocket.Conn {
	b.t.Helper()
	list := make([]*websocket.Conn, n)
	for i := range list {
		list[i] = dial(b.t, b.port, "/ws")
	}
	eventually(b.t, "all are connected", func() bool { return len(b.endpoint("browsers").Connections) == n })
	return list
}

// question is what the back end reads.
type question struct {
	Conn        string          `json:"conn"`
	Correlation string          `json:"correlation"`
	Data        json.RawMessage `json:"data"`
}

func (b *bureau) question() question {
	b.t.Helper()
	var q question
	text := receive(b.t, b.asked).Payload
	if err := json.Unmarshal([]byte(text), &q); err != nil || q.Conn == "" {
		b.t.Fatalf("the back end reads %s: %v", text, err)
	}
	return q
}

// answer publishes an event; attributes are further members, each beginning with a comma.
func (b *bureau) answer(attributes, data string) {
	b.t.Helper()
	publish(b.t, b.client, "answers",
		fmt.Sprintf(`{"specversion":"1.0","id":"a","source":"/backend","type":"answer"%s,"data":%s}`, attributes, data))
}

func correlation(id string) string { return fmt.Sprintf(`,"correlation":%q`, id) }

// late waits until so many replies are counted as late.
func (b *bureau) late(n uint64) {
	b.t.Helper()
	eventually(b.t, fmt.Sprintf("%d replies are counted as late", n),
		func() bool { return b.outlet("answers", "browsers").Account.Dropped["late-reply"] == n })
}

// Two browsers ask at the same time, one of them twice. Each reply reaches who asked, in whatever order replies come, and
// whatever the back end's event says of addresses; a browser tells its own replies apart by what it put into its data.
//
// parity: W9
func TestReplyReachesTheAskerAlone(t *testing.T) {
	b := newBureau(t, "30s")
	clients := b.clients(3)
	ask := func(client int, data string) question {
		send(t, clients[client], data)
		return b.question()
	}
	first, second, third := ask(0, `{"n":1}`), ask(1, `{"n":2}`), ask(0, `{"n":3}`)
	if first.Conn != third.Conn || first.Conn == second.Conn || first.Correlation == third.Correlation || len(first.Correlation) != 32 {
		t.Fatalf("the back end reads %+v, %+v and %+v", first, second, third)
	}
	b.answer(correlation(third.Correlation), string(third.Data))
	b.answer(correlation(second.Correlation)+`,"to":"all"`, string(second.Data))
	b.answer(correlation(first.Correlation)+`,"to":"conn:`+second.Conn+`"`, string(first.Data))
	b.answer(correlation(first.Correlation), `"again"`)
	b.answer(correlation(strings.Repeat("0", 32)), `"made up"`)
	b.answer("", `"news"`)
	for client, want := range map[int][]string{0: {`{"n":3}`, `{"n":1}`, `"news"`}, 1: {`{"n":2}`, `"news"`}, 2: {`"news"`}} {
		for _, data := range want {
			if got := read(t, clients[client]); got != data {
				t.Errorf("client %d reads %s, want %s", client, got, data)
			}
		}
	}
	b.late(2)
	if got := b.outlet("browsers", "questions").Requests; got == nil || got.Asked != 3 || got.Answered != 3 || got.Pending != 0 || got.Timeout != 30 {
		t.Errorf("requests %+v", got)
	}
	ask(2, `{"n":4}`)
	b.measures(map[string]float64{"requests_total": 4, "answered_requests_total": 3, "pending_requests": 1,
		"timed_out_requests_total": 0, "displaced_requests_total": 0})
	if got := b.scrape()[`araldo_outlet_dropped_messages_total{outlet="browsers",reason="late-reply",route="answers"}`]; got != 2 {
		t.Errorf("%v late replies in the metrics", got)
	}
}

// measures checks the metrics of the requests, and that an outlet without any has none.
func (b *bureau) measures(want map[string]float64) {
	b.t.Helper()
	all := b.scrape()
	for name, value := range want {
		got, found := all[fmt.Sprintf(`araldo_outlet_%s{outlet="questions",route="browsers"}`, name)]
		if !found || got != value {
			b.t.Errorf("%s is %v, want %v", name, got, value)
		}
		if _, found := all[fmt.Sprintf(`araldo_outlet_%s{outlet="browsers",route="answers"}`, name)]; found {
			b.t.Errorf("%s of an outlet that asks nothing", name)
		}
	}
}

// parity: W9
func TestReplyAfterItsTimeIsCountedAndReachesNobody(t *testing.T) {
	b := newBureau(t, "50ms")
	client := b.clients(1)[0]
	send(t, client, `"slow"`)
	q := b.question()
	eventually(t, "the request has timed out", func() bool { return b.outlet("browsers", "questions").Requests.TimedOut == 1 })
	b.answer(correlation(q.Correlation), `"too late"`)
	b.late(1)
	b.measures(map[string]float64{"requests_total": 1, "answered_requests_total": 0, "pending_requests": 0, "timed_out_requests_total": 1})
	b.answer("", `"news"`)
	if got := read(t, client); got != `"news"` {
		t.Errorf("read %s", got)
	}
}

// Who asked and has gone leaves a reply without a recipient.
func TestReplyToABrowserThatHasGone(t *testing.T) {
	b := newBureau(t, "30s")
	clients := b.clients(2)
	send(t, clients[0], `"bye"`)
	q := b.question()
	clients[0].CloseNow()
	eventually(t, "it is gone", func() bool { return len(b.endpoint("browsers").Connections) == 1 })
	b.answer(correlation(q.Correlation), `"for nobody"`)
	eventually(t, "the reply has no recipient",
		func() bool { return b.outlet("answers", "browsers").Account.Dropped["no-recipient"] == 1 })
	b.answer("", `"news"`)
	if got := read(t, clients[1]); got != `"news"` {
		t.Errorf("the other one reads %s", got)
	}
}

// A browser can neither answer for the back end, though it knows a correlation, nor choose its own; and behind a route
// that leads from browsers to browsers what it sends with one is no reply.
//
// parity: W9
// fault: B14
func TestABrowserCanNeitherForgeAReplyNorChooseACorrelation(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  marshalling:
    - {name: events, id: marshal-json, envelope: cloudevents}
  endpoints:
    - {name: askers, id: endpoint-websocket, marshalling: events}
    - {name: workers, id: endpoint-websocket, marshalling: events, trust: [correlation]}
    - {name: strangers, id: endpoint-websocket, marshalling: events}
    - {name: questions, id: endpoint-redis, url: "%[2]s", channel: questions, marshalling: events}
routes:
  askers:
    - {to: questions, reply-timeout: 30s}
    - {to: workers, reply-timeout: 30s}
  workers: [askers]
  strangers: [askers]
`, port, url))
	asked := subscribe(t, client, "questions")
	asker, worker, stranger := dial(t, port, "/askers"), dial(t, port, "/workers"), dial(t, port, "/strangers")
	eventually(t, "the worker is connected", func() bool { return len(r.endpoint("workers").Connections) == 1 })
	event := func(id, attributes, data string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/s","type":"t"%s,"data":%q}`, id, attributes, data)
	}
	send(t, asker, event("1", correlation("mine"), "ask"))
	var q, w question
	if err := json.Unmarshal([]byte(receive(t, asked).Payload), &q); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(read(t, worker)), &w); err != nil {
		t.Fatal(err)
	}
	if q.Correlation == "mine" || w.Correlation == "mine" || q.Correlation == w.Correlation || len(w.Correlation) != 32 {
		t.Errorf("the back ends read the correlations %q and %q", q.Correlation, w.Correlation)
	}
	if n := r.endpoint("askers").Rejected["untrusted-attribute"] + r.rejectedBy("events"); n != 1 {
		t.Errorf("%d attributes are counted as refused", n)
	}
	// The stranger's is an ordinary message, without what it may not set; the worker is trusted to reply.
	send(t, stranger, event("2", correlation(q.Correlation), "forged"))
	if got := read(t, asker); !strings.Contains(got, `"data":"forged"`) || strings.Contains(got, "correlation") {
		t.Errorf("the asker reads %s", got)
	}
	if got := r.outlet("askers", "questions").Requests; got.Pending != 1 || got.Answered != 0 {
		t.Errorf("a stranger answered: %+v", got)
	}
	send(t, worker, event("3", correlation(w.Correlation), "done"))
	if got := read(t, asker); !strings.Contains(got, `"data":"done"`) || strings.Contains(got, w.Correlation) {
		t.Errorf("the asker reads %s", got)
	}
	if got := r.outlet("askers", "workers").Requests; got.Pending != 0 || got.Answered != 1 {
		t.Errorf("the worker did not answer: %+v", got)
	}
}

// fault: B14
func TestAnEndpointWithoutTrustSetsNoCorrelation(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: trusted, id: endpoint-mock, every: 0s, count: 1, attributes: {correlation: mine}}
    - {name: stranger, id: endpoint-mock, every: 0s, count: 1, attributes: {correlation: yours}, trust: [to, hops]}
    - {name: seen, id: endpoint-mock, record: %s}
routes:
  trusted: [seen]
  stranger: [seen]
`, record))
	want := map[string]string{"trusted": "mine", "stranger": ""}
	for _, m := range records(t, record, 2) {
		if got := m.Attributes["correlation"]; got != want[m.Source] {
			t.Errorf("%s set the correlation %q", m.Source, got)
		}
	}
	if got := r.endpoint("stranger").Rejected["untrusted-attribute"]; got != 1 {
		t.Errorf("%d attributes were refused", got)
	}
}

// rejectedBy is how many attributes a marshalling refused to untrusted sources.
func (r *relay) rejectedBy(marshalling string) uint64 {
	for _, m := range r.Status(context.Background()).Marshallings {
		if m.Name == marshalling {
			return m.Rejected["untrusted-attribute"]
		}
	}
	return 0
}

// A back end that reads and adds to Redis Streams: the correlation is a field there, and comes back as one.
//
// parity: W9
func TestReplyThroughStreams(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: questions, id: endpoint-redis, url: "%[2]s", stream: questions}
    - {name: answers, id: endpoint-redis, url: "%[2]s", stream: answers, group: hub}
routes:
  browsers:
    - {to: questions, reply-timeout: 30s}
  answers: [browsers]
`, port, url))
	asker, other := dial(t, port, "/browsers"), dial(t, port, "/browsers")
	eventually(t, "both are connected", func() bool { return len(r.endpoint("browsers").Connections) == 2 })
	send(t, asker, "what time is it?")
	entries, err := client.XRead(t.Context(), &redis.XReadArgs{Streams: []string{"questions", "0"}, Block: patience}).Result()
	if err != nil {
		t.Fatal(err)
	}
	asked := entries[0].Messages[0].Values
	if asked["body"] != "what time is it?" {
		t.Errorf("the back end reads %v", asked)
	}
	add := func(values ...any) {
		if err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: "answers", Values: values}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	add("body", "noon", "correlation", asked["correlation"])
	add("body", "noon again", "correlation", asked["correlation"])
	add("body", "closing time")
	if first, second := read(t, asker), read(t, asker); first != "noon" || second != "closing time" {
		t.Errorf("the asker reads %q and %q", first, second)
	}
	if got := read(t, other); got != "closing time" {
		t.Errorf("the other one reads %q", got)
	}
	if got := r.outlet("answers", "browsers").Account.Dropped["late-reply"]; got != 1 {
		t.Errorf("%d replies are counted as late", got)
	}
}

// Many ask at once, in flight by the hundred, and a back end answers in bursts and backwards: nobody reads another one's
// reply, and each gets all of its own.
//
// parity: W9
func TestManyAskAtOnce(t *testing.T) {
	const askers, questions = 20, 200
	b := newBureau(t, "30s")
	clients := b.clients(askers)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { b.serve(ctx, askers*questions) })
	for i, c := range clients {
		all.Go(func() {
			for n := range questions {
				if err := c.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"asker":%d,"n":%d}`, i, n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
		all.Go(func() {
			seen := map[int]bool{}
			for range questions {
				_, text, err := c.Read(ctx)
				var reply struct{ Asker, N int }
				if err != nil || json.Unmarshal(text, &reply) != nil || reply.Asker != i || seen[reply.N] {
					t.Errorf("asker %d reads %s: %v", i, text, err)
					return
				}
				seen[reply.N] = true
			}
		})
	}
	all.Wait()
	eventually(t, "all are answered", func() bool {
		got := b.outlet("browsers", "questions").Requests
		return got.Answered == askers*questions && got.Pending == 0
	})
}

// serve is a back end: it answers n questions, each burst backwards.
func (b *bureau) serve(ctx context.Context, n int) {
	const most = 50
	var waiting []question
	for done := 0; done < n; {
		message, err := b.asked.ReceiveMessage(ctx)
		if err != nil {
			b.t.Error(err)
			return
		}
		var q question
		if err := json.Unmarshal([]byte(message.Payload), &q); err != nil {
			b.t.Error(err)
			return
		}
		waiting = append(waiting, q)
		if done += 1; len(waiting) < most && done < n {
			continue
		}
		for i := len(waiting) - 1; i >= 0; i-- {
			text := fmt.Sprintf(`{"specversion":"1.0","id":"a","source":"/backend","type":"answer","correlation":%q,"data":%s}`,
				waiting[i].Correlation, waiting[i].Data)
			if err := b.client.Publish(ctx, "answers", text).Err(); err != nil {
				b.t.Error(err)
				return
			}
		}
		waiting = waiting[:0]
	}
}
