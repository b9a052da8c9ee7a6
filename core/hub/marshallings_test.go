package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core/control"
)

func publish(t *testing.T, client *redis.Client, channel string, payloads ...string) {
	t.Helper()
	for _, p := range payloads {
		if err := client.Publish(t.Context(), channel, p).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *relay) marshalling(name string) control.Marshalling {
	r.t.Helper()
	for _, m := range r.Status(context.Background()).Marshallings {
		if m.Name == name {
			return m
		}
	}
	r.t.Fatalf("no marshalling %s", name)
	return control.Marshalling{}
}

// parity: A10 A11 K21
func TestMessagesAreConvertedOrUntouched(t *testing.T) {
	client, url := redisServer(t)
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: msgpack, id: marshal-msgpack}
    - {name: cbor, id: marshal-cbor}
    - {name: idle, id: marshal-text, process: own}
  endpoints:
    - {name: in, id: endpoint-redis, url: "%[1]s", channel: in, marshalling: json}
    - {name: packed, id: endpoint-redis, url: "%[1]s", channel: packed, marshalling: msgpack}
    - {name: binary, id: endpoint-redis, url: "%[1]s", channel: binary, marshalling: cbor}
    - {name: same, id: endpoint-redis, url: "%[1]s", channel: same, marshalling: json}
    - {name: raw, id: endpoint-redis, url: "%[1]s", channel: raw}
    - {name: back, id: endpoint-redis, url: "%[1]s", channel: back, marshalling: json}
routes:
  in: [packed, binary, same, raw]
  binary: [back]
`, url))
	subscribed(t, client, "in")
	subscribed(t, client, "binary")
	subs := map[string]*redis.PubSub{}
	for _, name := range []string{"packed", "same", "raw", "back"} {
		subs[name] = subscribe(t, client, name)
	}
	const text = `{ "n": [9238756389456238756498237645289, -9007199254740993, 0.1], "s": "ü" }`
	publish(t, client, "in", text)
	for name, want := range map[string]string{
		"same": text, "raw": text, "back": `{"n":[9238756389456238756498237645289,-9007199254740993,0.1],"s":"ü"}`,
	} {
		if got := receive(t, subs[name]).Payload; got != want {
			t.Errorf("%s got %s, want %s", name, got, want)
		}
	}
	// MessagePack has no integers of that size; the next message passes.
	eventually(t, "the large number is refused", func() bool {
		return r.outlet("in", "packed").Account.Dropped["unencodable"] == 1
	})
	if got := r.outlet("in", "packed").LastFailure; !strings.HasPrefix(got, "marshalling msgpack: /n/0: ") {
		t.Errorf("last failure %q", got)
	}
	publish(t, client, "in", `{"a":1}`)
	if got := receive(t, subs["packed"]).Payload; got != "\x81\xa1a\x01" {
		t.Errorf("packed got %q", got)
	}
	eventually(t, "all is accounted for", func() bool { return r.marshalling("json").Decoded == 2 })
	if m := r.marshalling("msgpack"); m.State != "ready" || m.Encoded != 1 || m.Failed != 1 || m.Plugin != "marshal" {
		t.Errorf("msgpack: %+v", m)
	}
	if got := r.endpoint("packed").Marshalling; got != "msgpack" {
		t.Errorf("packed has marshalling %q", got)
	}
	for _, p := range r.Status(t.Context()).Plugins {
		if strings.Contains(p.Name, "idle") {
			t.Errorf("a process runs for a marshalling that nobody uses: %+v", p)
		}
	}
}

// fault: B10
func TestUndecodableIsPoisonWhereValuesAreNeeded(t *testing.T) {
	client, url := redisServer(t)
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor}
  endpoints:
    - {name: in, id: endpoint-redis, url: "%[1]s", channel: in, marshalling: json}
    - {name: values, id: endpoint-redis, url: "%[1]s", channel: values, marshalling: cbor}
    - {name: bytes, id: endpoint-redis, url: "%[1]s", channel: bytes}
    - {name: large, id: endpoint-redis, url: "%[1]s", channel: large}
routes:
  in:
    - values
    - bytes
    - {to: large, when: data.total > 100}
`, url))
	subscribed(t, client, "in")
	sub, large := subscribe(t, client, "bytes"), subscribe(t, client, "large")
	deep := strings.Repeat("[", 100_000)
	publish(t, client, "in", "{", deep, `{"total":101}`, `{"total":5}`, `{"sum":5}`)
	for _, want := range []string{"{", deep, `{"total":101}`, `{"total":5}`, `{"sum":5}`} {
		if got := receive(t, sub).Payload; got != want {
			t.Errorf("bytes got %.20q, want %.20q", got, want)
		}
	}
	if got := receive(t, large).Payload; got != `{"total":101}` {
		t.Errorf("large got %q", got)
	}
	eventually(t, "all is accounted for", func() bool {
		return r.outlet("in", "values").Account.Delivered == 3 && r.outlet("in", "large").Account.In == 5
	})
	if a := r.outlet("in", "values").Account; a.Dropped["undecodable"] != 2 {
		t.Errorf("values: %+v", a)
	}
	o := r.outlet("in", "large")
	if a := o.Account; a.Dropped["undecodable"] != 2 || a.Dropped["filter-error"] != 1 || a.Filtered != 1 || a.Delivered != 1 {
		t.Errorf("large: %+v", a)
	}
	if o.LastFailure != "when: no such key: total" || o.When != "data.total > 100" {
		t.Errorf("last failure %q, filter %q", o.LastFailure, o.When)
	}
}

// Bytes of a source without marshalling are wrapped into an envelope as they are; between two ends of the same
// marshalling with an envelope they are rewritten, and the hub says who sent them.
func TestEnvelopesRewriteAlways(t *testing.T) {
	client, url := redisServer(t)
	start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: events, id: marshal-json, envelope: cloudevents}
  endpoints:
    - {name: plain, id: endpoint-redis, url: "%[1]s", channel: plain}
    - {name: in, id: endpoint-redis, url: "%[1]s", channel: in, marshalling: events}
    - {name: out, id: endpoint-redis, url: "%[1]s", channel: out, marshalling: events}
routes:
  plain: [out]
  in: [out]
`, url))
	subscribed(t, client, "in")
	subscribed(t, client, "plain")
	sub := subscribe(t, client, "out")
	publish(t, client, "plain", `{"a":1}`)
	if got := receive(t, sub).Payload; !strings.Contains(got, `"source":"/plain"`) || !strings.Contains(got, `"data":{"a":1}`) {
		t.Errorf("got %s", got)
	}
	publish(t, client, "plain", "no JSON")
	if got := receive(t, sub).Payload; !strings.Contains(got, `"data":"no JSON"`) {
		t.Errorf("got %s", got)
	}
	publish(t, client, "in", `{"specversion":"1.0","id":"mine","source":"/liar","type":"x","data":5}`)
	if got := receive(t, sub).Payload; !strings.Contains(got, `"source":"/in"`) || !strings.Contains(got, `"data":5`) || strings.Contains(got, "liar") {
		t.Errorf("got %s", got)
	}
}

// A marshalling is pure: what its process leaves unanswered is asked of the next, and nothing is lost.
func TestMarshallingKilledUnderLoadLosesNothing(t *testing.T) {
	client, url := redisServer(t)
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor, process: own}
  endpoints:
    - {name: load, id: endpoint-mock, every: 20us, payload: '{"n":{n}}', marshalling: json}
    - {name: out, id: endpoint-redis, url: "%s", channel: out, marshalling: cbor}
routes:
  load: [{to: out, queue: {overflow: block}}]
`, url))
	sub := client.Subscribe(t.Context(), "out")
	defer sub.Close()
	for _, name := range []string{"marshal", "marshal/cbor", "marshal"} {
		before := r.outlet("load", "out").Account.Delivered
		eventually(t, "messages pass", func() bool { return r.outlet("load", "out").Account.Delivered > before+1000 })
		pid := r.plugin(name).PID
		kill(t, pid)
		r.back(name, pid)
	}
	before := r.outlet("load", "out").Account.Delivered
	eventually(t, "messages pass again", func() bool { return r.outlet("load", "out").Account.Delivered > before+1000 })
	if err := r.SetEnabled(t.Context(), "load", false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is delivered", func() bool {
		a := r.outlet("load", "out").Account
		return a.In == r.endpoint("load").Received && a.Delivered == a.In
	})
}

// While a marshalling is away, outlets that do not need it go on.
func TestOthersGoOnWhileAMarshallingIsAway(t *testing.T) {
	client, url := redisServer(t)
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json, restart: {initial: 1h, max: 1h}}
    - {name: cbor, id: marshal-cbor, process: own}
  endpoints:
    - {name: in, id: endpoint-redis, url: "%[1]s", channel: in, marshalling: json}
    - {name: out, id: endpoint-redis, url: "%[1]s", channel: out, marshalling: cbor}
    - {name: raw, id: endpoint-redis, url: "%[1]s", channel: raw}
routes:
  in: [out, raw]
`, url))
	subscribed(t, client, "in")
	sub := subscribe(t, client, "raw")
	for range 2 { // the first restart is immediate
		pid := r.plugin("marshal").PID
		kill(t, pid)
		eventually(t, "the process is gone", func() bool { return r.plugin("marshal").PID != pid })
		eventually(t, "it is back or waits", func() bool {
			s := r.marshalling("json").State
			return s == "ready" || s == "backoff" && r.plugin("marshal").State == "backoff"
		})
	}
	payload := string(bytes.Repeat([]byte("1"), 1000))
	for range 100 {
		publish(t, client, "in", payload)
		if got := receive(t, sub).Payload; got != payload {
			t.Fatalf("raw got %q", got)
		}
	}
	if m := r.marshalling("json"); m.State != "backoff" || m.Cause == "" {
		t.Errorf("marshalling %+v", m)
	}
	r.stop()
	if a := r.outlet("in", "out").Account; a.In != 100 || a.Dropped["shutdown"] != 100 {
		t.Errorf("what was never decoded: %+v", a)
	}
}
