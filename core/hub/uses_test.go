package hub_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// event is what a back end sees of a CloudEvent (CloudEvents 1.0, JSON format).
type event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Conn        string          `json:"conn,omitempty"`
	To          string          `json:"to,omitempty"`
	Data        json.RawMessage `json:"data"`
}

// A browser asks, a back end behind Redis answers that browser and no other.
//
// parity: A23 W4 W7
func TestABackEndAnswersTheBrowserThatAsked(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: events, id: marshal-json, envelope: cloudevents}
  endpoints:
    - {name: browsers, id: endpoint-websocket, marshalling: json}
    - {name: questions, id: endpoint-redis, url: "%[2]s", channel: questions, marshalling: events}
    - {name: answers, id: endpoint-redis, url: "%[2]s", channel: answers, marshalling: events}
routes:
  browsers: [questions]
  answers: [browsers]
`, port, url))
	subscribed(t, client, "answers")
	questions := subscribe(t, client, "questions")
	asker, other := dial(t, port, "/browsers"), dial(t, port, "/browsers")
	eventually(t, "both browsers are connected", func() bool { return len(r.endpoint("browsers").Connections) == 2 })

	// What a browser says of itself is data like any other: it can't pass for somebody else.
	send(t, asker, `{"question": 9238756389456238756498237645289, "conn": "browsers-1.2", "to": "all"}`)
	var asked event
	if err := json.Unmarshal([]byte(receive(t, questions).Payload), &asked); err != nil {
		t.Fatal(err)
	}
	if asked.SpecVersion != "1.0" || asked.Source != "/browsers" || asked.Type != "araldo.message" || asked.Conn == "" || asked.To != "" {
		t.Fatalf("the back end was asked %+v", asked)
	}
	answer, _ := json.Marshal(event{"1.0", "a-1", "/back-end", "answer", "", "conn:" + asked.Conn, asked.Data})
	client.Publish(t.Context(), "answers", answer)
	if got := read(t, asker); !strings.Contains(got, "9238756389456238756498237645289") {
		t.Errorf("the asker read %s", got)
	}
	client.Publish(t.Context(), "answers", `{"specversion":"1.0","id":"a-2","source":"/back-end","type":"news","data":"to all"}`)
	if got := read(t, other); got != `"to all"` {
		t.Errorf("the other browser read %s: the answer was not its own", got)
	}
}

// parity: A10
func TestNumbersSurviveConversionOrAreRefused(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: packed, id: marshal-msgpack}
    - {name: cbor, id: marshal-cbor}
  endpoints:
    - {name: browsers, id: endpoint-websocket, marshalling: json}
    - {name: as-cbor, id: endpoint-redis, url: "%[2]s", channel: as-cbor, marshalling: cbor}
    - {name: as-packed, id: endpoint-redis, url: "%[2]s", channel: as-packed, marshalling: packed}
    - {name: from-cbor, id: endpoint-redis, url: "%[2]s", channel: as-cbor, marshalling: cbor}
    - {name: from-packed, id: endpoint-redis, url: "%[2]s", channel: as-packed, marshalling: packed}
    - {name: cbor-back, id: endpoint-redis, url: "%[2]s", channel: cbor-back, marshalling: json}
    - {name: packed-back, id: endpoint-redis, url: "%[2]s", channel: packed-back, marshalling: json}
routes:
  browsers: [as-cbor, as-packed]
  from-cbor: [cbor-back]
  from-packed: [packed-back]
`, port, url))
	subscribed(t, client, "as-cbor")
	subscribed(t, client, "as-packed")
	back := subscribe(t, client, "cbor-back", "packed-back")
	c := dial(t, port, "/browsers")
	for _, number := range []string{"9238756389456238756498237645289", "-9007199254740993", "0.1", "1e400", "1", "-0.5"} {
		send(t, c, `{"n":`+number+`}`)
		send(t, c, `"done"`)
		came := map[string]string{}
		for done := 0; done < 2; {
			m := receive(t, back)
			if m.Payload == `"done"` {
				done++
				continue
			}
			came[m.Channel] = m.Payload
		}
		for _, channel := range []string{"cbor-back", "packed-back"} {
			checkNumber(t, number, channel, came[channel])
		}
	}
	// MessagePack has no integer of that size and no number beyond a float64: refused, with the place.
	o := r.outlet("browsers", "as-packed")
	if o.Account.Dropped["unencodable"] != uint64(len(beyondMsgpack)) || !strings.Contains(o.LastFailure, "/n") {
		t.Errorf("the refused numbers are counted as %v, the last failure is %q", o.Account.Dropped, o.LastFailure)
	}
}

// beyondMsgpack are the numbers of the test that MessagePack has no form for: an integer of more than 64 bits, and one
// larger than any float64.
var beyondMsgpack = []string{"9238756389456238756498237645289", "1e400"}

// checkNumber: a number comes back unchanged; through MessagePack those that it can't hold do not come at all.
func checkNumber(t *testing.T, sent, channel, payload string) {
	t.Helper()
	if channel == "packed-back" && slices.Contains(beyondMsgpack, sent) {
		if payload != "" {
			t.Errorf("%s came back through %s as %s, must be refused", sent, channel, payload)
		}
		return
	}
	var got struct{ N json.Number }
	if err := json.Unmarshal([]byte(payload), &got); err != nil {
		t.Errorf("%s came back through %s as %q: %v", sent, channel, payload, err)
		return
	}
	want, _ := new(big.Rat).SetString(sent)
	if number, ok := new(big.Rat).SetString(got.N.String()); !ok || number.Cmp(want) != 0 {
		t.Errorf("%s came back through %s as %s", sent, channel, got.N)
	}
}
