package marshal

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

var (
	standard = newCloudEvents(jsonFormat{}, defaultType, []string{"id", "source", "conn", "user", "kind", "channel"})
	at       = time.Date(2026, 11, 21, 10, 20, 30, 400, time.UTC)
)

// given is a message as the hub gives it to the marshalling.
func given(contentType, payload string, attributes ...sdk.Attribute) sdk.Message {
	return sdk.Message{
		ID: sdk.ID{0xab, 15: 1}, Source: "browsers", Time: at.UnixNano(), Payload: []byte(payload),
		Header: &sdk.Header{ContentType: contentType, Attributes: sdk.NewAttributes(attributes...)},
	}
}

func canonical(t *testing.T, json string) string {
	t.Helper()
	value, err := decode(jsonFormat{}, json)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// judged reads an event by another hand, which also validates it.
func judged(t *testing.T, m sdk.Message) cloudevents.Event {
	t.Helper()
	var e cloudevents.Event
	if err := e.UnmarshalJSON(m.Payload); err != nil {
		t.Fatalf("%s: %v", m.Payload, err)
	}
	if err := e.Validate(); err != nil {
		t.Fatalf("%s: %v", m.Payload, err)
	}
	return e
}

func TestEventOfACanonicalValue(t *testing.T) {
	m, err := standard.Marshal(given(sdk.CanonicalType, canonical(t, `{"n":9238756389456238756498237645289,"f":0.1}`),
		sdk.Attribute{Name: "conn", Value: "browsers-1.2"}, sdk.Attribute{Name: "peer", Value: "192.0.2.1"},
		sdk.Attribute{Name: "user", Value: `"é"`}, sdk.Attribute{Name: "hops", Value: "3"}, sdk.Attribute{Name: "other", Value: "x"}))
	const wanted = `{"specversion":"1.0","id":"ab000000000000000000000000000001","source":"/browsers","type":"araldo.message",` +
		`"time":"2026-11-21T10:20:30.0000004Z","hops":"3","conn":"browsers-1.2","user":"\"é\"",` +
		`"datacontenttype":"application/json","data":{"n":9238756389456238756498237645289,"f":0.1}}`
	if err != nil || string(m.Payload) != wanted || m.Header.ContentType != cloudevents.ApplicationCloudEventsJSON {
		t.Errorf("%s as %v, %v", m.Payload, m.Header, err)
	}
	e := judged(t, m)
	if e.Source() != "/browsers" || e.Type() != "araldo.message" || !e.Time().Equal(at) || e.SpecVersion() != cloudevents.CloudEventsVersionV1 ||
		e.Extensions()["conn"] != "browsers-1.2" || e.Extensions()["user"] != `"é"` || len(e.Extensions()) != 3 {
		t.Errorf("another hand reads %v", e)
	}
}

// What data becomes, from canonical values and from the bytes of sources without marshalling.
func TestDataOfAnEvent(t *testing.T) {
	for name, c := range map[string]struct{ contentType, payload, wanted string }{
		"a canonical text":     {sdk.CanonicalType, "\x61a", `"application/json","data":"a"`},
		"canonical bytes":      {sdk.CanonicalType, "\x42\x01\x02", `"application/octet-stream","data_base64":"AQI="`},
		"canonical pieces":     {sdk.CanonicalType, "\x5f\x41\x01\x41\x02\xff", `"application/octet-stream","data_base64":"AQI="`},
		"canonical null":       {sdk.CanonicalType, "\xf6", `"application/json","data":null`},
		"JSON":                 {"", `{"a": 1e400}`, `"application/json","data":{"a": 1e400}`},
		"JSON by its type":     {"application/geo+json", `{}`, `"application/geo+json","data":{}`},
		"JSON called a text":   {"text/plain", `{}`, `"application/json","data":{}`},
		"a text":               {"", "a\n\"\x00é", `"text/plain","data":"a\n\"\u0000é"`},
		"a text of a type":     {"text/csv", "a,b", `"text/csv","data":"a,b"`},
		"a text called JSON":   {"application/json", "a,b", `"text/plain","data":"a,b"`},
		"JSON with two a":      {"", `{"a":1,"a":2}`, `"text/plain","data":"{\"a\":1,\"a\":2}"`},
		"nothing":              {"", "", `"text/plain","data":""`},
		"bytes":                {"", "\xff\x00", `"application/octet-stream","data_base64":"/wA="`},
		"a text of no type":    {"nonsense", "a,b", `"text/plain","data":"a,b"`},
		"bytes of a type":      {"image/png", "\x89PNG", `"image/png","data_base64":"iVBORw=="`},
		"bytes called JSON":    {"application/json; charset=utf-8", "\xff", `"application/octet-stream","data_base64":"/w=="`},
		"JSON nested too deep": {"", strings.Repeat("[", 300) + strings.Repeat("]", 300), `"text/plain","data":"` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `"`},
	} {
		m, err := standard.Marshal(given(c.contentType, c.payload))
		if _, got, _ := strings.Cut(string(m.Payload), `"datacontenttype":`); err != nil || got != c.wanted+"}" {
			t.Errorf("%s: %s, must end in %s, %v", name, m.Payload, c.wanted, err)
			continue
		}
		if name != "JSON" && name != "JSON by its type" { // the other hand knows neither 1e400 nor types that end in +json
			judged(t, m)
		}
	}
	for name, payload := range map[string]string{"bytes within": "\x81\x41\x01", "bytes and more": "\x41\x01\x01", "short bytes": "\x42\x01"} {
		if m, err := standard.Marshal(given(sdk.CanonicalType, payload)); err == nil {
			t.Errorf("%s: %s", name, m.Payload)
		}
	}
}

func TestAMessageWithoutHeaderIsAnEvent(t *testing.T) {
	m, err := standard.Marshal(sdk.Message{Source: "a.b-c_d", Payload: []byte("1")})
	if err != nil {
		t.Fatal(err)
	}
	if e := judged(t, m); e.Source() != "/a.b-c_d" || !e.Time().IsZero() {
		t.Errorf("%s", m.Payload)
	}
}

func TestExposeSaysWhatIsShown(t *testing.T) {
	f := newCloudEvents(jsonFormat{}, "a.b", []string{"id", "time", "subject", "x", "x"})
	m, err := f.Marshal(given("", "1", sdk.Attribute{Name: "conn", Value: "c"}, sdk.Attribute{Name: "x", Value: ""},
		sdk.Attribute{Name: "subject", Value: ""}, sdk.Attribute{Name: "hops", Value: "1"}))
	if err != nil || !strings.Contains(string(m.Payload), `,"type":"a.b","time":"2026-11-21T10:20:30.0000004Z","hops":"1","x":"","datacontenttype"`) {
		t.Errorf("%s, %v", m.Payload, err)
	}
	judged(t, m)
}

// Events by another hand give payload and attributes back.
func TestForeignEventsAreTakenApart(t *testing.T) {
	e := cloudevents.New()
	e.SetID("1")
	e.SetSource("/back/end")
	e.SetType("reply")
	e.SetSubject("s")
	e.SetTime(at)
	e.SetExtension("to", "conn:browsers-1.2")
	e.SetExtension("urgent", true)
	e.SetExtension("count", -5)
	for data, wanted := range map[any]string{"a text": "\x66a text", true: "\xf5", 5: "\x05"} {
		if err := e.SetData("application/json", data); err != nil {
			t.Fatal(err)
		}
		text, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		m, err := standard.Unmarshal(sdk.Message{Payload: text, Header: textHeader})
		if err != nil || string(m.Payload) != wanted {
			t.Errorf("%s: %x, %v", text, m.Payload, err)
			continue
		}
		for name, value := range map[string]string{"to": "conn:browsers-1.2", "urgent": "true", "count": "-5", "subject": "s"} {
			if m.Attribute(name) != value {
				t.Errorf("%s: attribute %s is %q", text, name, m.Attribute(name))
			}
		}
		if len(m.Header.Attributes) != 4 {
			t.Errorf("%s: attributes %v", text, m.Header.Attributes)
		}
	}
	if err := e.SetData("application/octet-stream", []byte{1, 2}); err != nil {
		t.Fatal(err)
	}
	text, err := e.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := standard.Unmarshal(sdk.Message{Payload: text}); err != nil || string(m.Payload) != "\x42\x01\x02" {
		t.Errorf("%s: %x, %v", text, m.Payload, err)
	}
}

// What a message of this hub becomes, the hub reads again: but for what it stamps itself.
func TestOwnEventsAreTakenApart(t *testing.T) {
	m, err := standard.Marshal(given(sdk.CanonicalType, "\x81\x01", sdk.Attribute{Name: "hops", Value: "2"}))
	if err != nil {
		t.Fatal(err)
	}
	back, err := standard.Unmarshal(sdk.Message{Payload: m.Payload})
	if err != nil || string(back.Payload) != "\x81\x01" || len(back.Header.Attributes) != 1 || back.Attribute("hops") != "2" {
		t.Errorf("%s: %+v, %v", m.Payload, back, err)
	}
}

// fault: B10
func TestWhatIsNoEventIsAnError(t *testing.T) {
	for text, where := range map[string]string{
		`[]`: "", ``: "", `{`: "", `{}x`: "", `{"a"}`: "/a", `{"data":{}}`: "", `{"specversion":"0.3"}`: "/specversion",
		`{"specversion":1.0}`: "/specversion", `{"id":""}`: "/id", `{"id":null}`: "/id", `{"id":{}}`: "/id", `{"id":"a","id":"b"}`: "/id",
		event + `,"data":1,"data_base64":""}`: "/data_base64", event + `,"data_base64":"","data":1}`: "/data",
		event + `,"data_base64":1}`: "/data_base64", event + `,"data_base64":"a"}`: "/data_base64", event + `,"data_base64":"A\nQ=="}`: "/data_base64",
		event + `,"x":1.5}`: "/x", event + `,"x":[]}`: "/x", event + `,"x":99999999999999999999}`: "/x", event + `,"x":"\ud800"}`: "/x",
		event + `,"data":{"a":[1,{"b":1,"b":2}]}}`: "/data/a/1/b", event + `,"data":1}{}`: "", event + `,"data":1,}`: "",
		event + `,"data":` + strings.Repeat("[", 100_000): "/data" + strings.Repeat("/0", 256), event: "", event + `,"\u0064ata":01}`: "",
	} {
		var at *sdk.PathError
		_, err := decode(standard, text)
		if err == nil || errors.As(err, &at) && at.Path != where {
			t.Errorf("%.80s: %v at %.20v, must be at %.20q", text, err, at, where)
		}
	}
}

func TestEventsWithoutDataHoldNull(t *testing.T) {
	for _, text := range []string{event + `}`, event + `,"data":null}`, event + `,"x":null}`} {
		m, err := standard.Unmarshal(sdk.Message{Payload: []byte(text)})
		if err != nil || hex.EncodeToString(m.Payload) != "f6" || m.Header != nil {
			t.Errorf("%s: %x, %v, %v", text, m.Payload, m.Header, err)
		}
	}
}

// A back end that names nobody in `to` must not reach everybody.
//
// parity: W7
func TestAnEmptyAttributeIsNotMissing(t *testing.T) {
	m, err := standard.Unmarshal(sdk.Message{Payload: []byte(event + `,"to":"","x":null}`)})
	if err != nil || m.Header == nil || len(m.Header.Attributes) != 1 || m.Header.Attributes[0] != (sdk.Attribute{Name: "to"}) {
		t.Errorf("%v, %v", m.Header, err)
	}
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte(event + `,"data":{"a":[1,2.5,"x"]},"to":"all","n":5,"b":true}`))
	f.Add([]byte(event + `,"data_base64":"AQI=","hops":"1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := standard.Unmarshal(sdk.Message{Payload: text})
		if err != nil {
			return
		}
		if err := judge.Wellformed(m.Payload); err != nil {
			t.Fatalf("%q became %x: %v", text, m.Payload, err)
		}
		out, err := standard.Marshal(sdk.Message{Source: "s", Time: 1, Payload: m.Payload, Header: cborHeader})
		if err != nil {
			t.Fatalf("%q became %x, which does not go back: %v", text, m.Payload, err)
		}
		again, err := standard.Unmarshal(out)
		if err != nil || string(again.Payload) != string(m.Payload) {
			t.Fatalf("%q became %x, then %q, then %x, %v", text, m.Payload, out.Payload, again.Payload, err)
		}
	})
}

// Whatever bytes a source without marshalling brings, they are an event from which they can be had again.
func FuzzForeign(f *testing.F) {
	f.Add([]byte(`{"a":1}`), "")
	f.Add([]byte("text\xff"), "text/plain; charset=utf-8")
	f.Fuzz(func(t *testing.T, payload []byte, contentType string) {
		if contentType == sdk.CanonicalType || core.CheckAttribute(sdk.Attribute{Name: "x", Value: contentType}) != nil {
			return
		}
		out, err := standard.Marshal(given(contentType, string(payload)))
		if err != nil {
			t.Fatalf("%q: %v", payload, err)
		}
		back, err := standard.Unmarshal(out)
		if err != nil {
			t.Fatalf("%q became %q, which is no event: %v", payload, out.Payload, err)
		}
		r := cborReader{rest: back.Payload}
		major, info, n, err := r.head()
		if err != nil {
			t.Fatal(err)
		}
		if major != majorBytes && major != majorText {
			return
		}
		if got, err := r.chunks(major, info, n); err != nil || string(got) != string(payload) && major == majorBytes {
			t.Fatalf("%q came back as %q, %v", payload, got, err)
		}
	})
}
