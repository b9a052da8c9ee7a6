package record_test

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

func header(contentType string, pairs ...string) *core.Header {
	var list []core.Attribute
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, core.Attribute{Name: pairs[i], Value: pairs[i+1]})
	}
	return &core.Header{ContentType: contentType, Attributes: core.NewAttributes(list...)}
}

func TestRecordsAreReadableAndReadBackTheSame(t *testing.T) {
	id := core.ID{0: 0xab, 15: 1}
	for _, c := range []struct {
		message core.Message
		line    string
	}{
		{core.Message{ID: id, Source: "orders", Time: 1_700_000_000_000_000_001, Payload: []byte(`{"total": 7}`),
			Header: header("application/json", "conn", "ws-1.2", "path", `/a"\b`)},
			`{"id":"ab000000000000000000000000000001","source":"orders","time":"2023-11-14T22:13:20.000000001Z",` +
				`"content-type":"application/json","attributes":{"conn":"ws-1.2","path":"/a\"\\b"},"payload":"{\"total\": 7}"}`},
		{core.Message{Payload: []byte{}}, `{"payload":""}`},
		{core.Message{Payload: []byte("ä\t\r\n€ 😀 \u2028 <&>")}, "{\"payload\":\"ä\\t\\r\\n€ 😀 \u2028 <&>\"}"},
		{core.Message{Payload: []byte{0xff, 0}}, `{"payload-base64":"/wA="}`},
		{core.Message{Payload: []byte("\x1b[31m")}, `{"payload-base64":"G1szMW0="}`},
		{core.Message{Payload: []byte("\u009b31m")}, `{"payload-base64":"wpszMW0="}`},
		{core.Message{Payload: []byte("\ufffd"), Time: math.MaxInt64},
			`{"time":"2262-04-11T23:47:16.854775807Z","payload":"` + "\ufffd" + `"}`},
		{core.Message{Payload: []byte("x"), Time: math.MinInt64, Header: header("text/plain")},
			`{"time":"1677-09-21T00:12:43.145224192Z","content-type":"text/plain","payload":"x"}`},
	} {
		line, err := new(record.Encoder).Append([]byte("before"), &c.message)
		if err != nil || string(line) != "before"+c.line+"\n" {
			t.Errorf("%+v became %s (%v), must be %s", c.message, line, err, c.line)
		}
		if !json.Valid([]byte(c.line)) {
			t.Errorf("no JSON: %s", c.line)
		}
		back, err := new(record.Decoder).Decode([]byte(c.line))
		if err != nil || !reflect.DeepEqual(back, c.message) {
			t.Errorf("%s became %+v (%v), must be %+v", c.line, back, err, c.message)
		}
	}
}

// fault: B13
func TestWhatCouldNotBeReadAgainIsNotWritten(t *testing.T) {
	for _, m := range []core.Message{
		{Source: "\xff"},
		{Header: header("text/plain\n")},
		{Header: header("", "a", "\r\n")},
		{Header: header("", "a", "\xff")},
		{Header: header("", `x":"y`, "v")},
	} {
		if line, err := new(record.Encoder).Append([]byte("before"), &m); err == nil || string(line) != "before" {
			t.Errorf("%+v became %q (%v)", m, line, err)
		}
	}
}

func TestMessagesOfOneHeaderShareIt(t *testing.T) {
	var e record.Encoder
	var d record.Decoder
	h := header("", "a", "1")
	var got []*core.Header
	for _, own := range []*core.Header{h, h, nil, header("", "a", "1"), header("x", "a", "1"), header("", "a", "2")} {
		line, err := e.Append(nil, &core.Message{Header: own})
		if err != nil {
			t.Fatal(err)
		}
		m, err := d.Decode(line)
		if err != nil || !reflect.DeepEqual(m.Header, own) {
			t.Errorf("%s: header %+v (%v), must be %+v", line, m.Header, err, own)
		}
		got = append(got, m.Header)
	}
	if got[0] != got[1] || got[0] != got[3] {
		t.Errorf("equal headers were made anew: %p", got)
	}
}

// fault: B10
func TestLinesThatAreNoRecords(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for _, line := range []string{
		``, ` `, `null`, `7`, `[]`, `{`, `{"payload":"x"`, `{"payload":"x"} {}`, `{"payload":"x"}x`, `{"payload" "x"}`,
		`{}`, `{"id":"00000000000000000000000000000001"}`, `{"payload":"x","payload-base64":"eA=="}`,
		`{"payload":7}`, `{"payload":null}`, `{"payload":{"a":1}}`, `{"Payload":"x"}`,
		`{"payload":"a","payload":"b"}`, `{"payload":"a","id":"","id":""}`,
		`{"payload":"\ud800"}`, `{"payload":"\udc00\ud800"}`, `{"payload":"\ud800x\udc00"}`, `{"payload":"\ud800\\udc00"}`,
		"{\"payload\":\"\xff\"}", "{\"payload\":\"\x00\"}", `{"payload":"\u12"}`,
		`{"payload-base64":"eA"}`, `{"payload-base64":"eB=="}`, `{"payload-base64":"%"}`,
		`{"payload":"","id":"00"}`, `{"payload":"","id":"zz000000000000000000000000000001"}`,
		`{"payload":"","time":"yesterday"}`, `{"payload":"","time":"9999-01-01T00:00:00Z"}`,
		`{"payload":"","content-type":"a\nb"}`, `{"payload":"","attributes":{"a":1}}`, `{"payload":"","attributes":{"a":null}}`,
		`{"payload":"","attributes":{"a":"1","a":"2"}}`, `{"payload":"","attributes":{"A":"1"}}`,
		`{"payload":"","attributes":{"a":"\u0000"}}`, `{"payload":"","attributes":null}`, `{"payload":"","attributes":[]}`,
		`{"payload":"","x":` + deep, `{"payload":"","x":` + deep + strings.Repeat("]", len(deep)) + `}`,
	} {
		if m, err := new(record.Decoder).Decode([]byte(line)); err == nil {
			t.Errorf("%.80s became %+v", line, m)
		} else if strings.Contains(err.Error(), "yesterday") {
			t.Errorf("the error quotes the line: %v", err)
		}
	}
}

func TestRecordsWrittenByHand(t *testing.T) {
	for line, want := range map[string]string{
		`{"payload":"x"}` + "\r\n":                            "x",
		` { "note": {"a": [1, 2]}, "payload" : "\u0078" } `:   "x",
		`{"payload":"\ud83d\ude00"}`:                          "😀",
		`{"payload":"\\ud800"}`:                               `\ud800`,
		`{"time":"2023-11-14T23:13:20+01:00","payload":"at"}`: "at",
	} {
		m, err := new(record.Decoder).Decode([]byte(line))
		if err != nil || string(m.Payload) != want {
			t.Errorf("%s became %q (%v), must be %q", line, m.Payload, err, want)
		}
	}
}

// fault: B10
func FuzzDecode(f *testing.F) {
	for _, line := range []string{
		`{"id":"ab000000000000000000000000000001","source":"o","time":"2023-11-14T22:13:20.1Z","content-type":"a/b","attributes":{"a":"b"},"payload":"x"}`,
		`{"payload-base64":"/wA="}`, `{"payload":"\ud83d\ude00\\"}`, `{"payload":"a","payload":"b"}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := new(record.Decoder).Decode(line)
		if err != nil {
			return
		}
		again, err := new(record.Encoder).Append(nil, &m)
		if err != nil {
			t.Fatalf("%q was read and can't be written: %v", line, err)
		}
		back, err := new(record.Decoder).Decode(again)
		if err != nil || !reflect.DeepEqual(back, m) {
			t.Fatalf("%q: %+v, written and read: %+v (%v)", line, m, back, err)
		}
	})
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("payload"), "source", "a", "value", int64(1))
	f.Add([]byte{0xff, 0, '\n'}, "", "b", "\u2028\"\\", int64(-1))
	f.Fuzz(func(t *testing.T, payload []byte, source, name, value string, at int64) {
		m := core.Message{ID: core.ID{15: 1}, Source: source, Time: at, Payload: payload, Header: header(value, name, value)}
		line, err := new(record.Encoder).Append(nil, &m)
		if err != nil {
			return
		}
		if bytes.IndexByte(line, '\n') != len(line)-1 || !json.Valid(line) || !utf8.Valid(line) {
			t.Fatalf("not one line of JSON: %q", line)
		}
		back, err := new(record.Decoder).Decode(line)
		if err != nil || !bytes.Equal(back.Payload, payload) || back.Source != source || back.Time != at || back.ID != m.ID ||
			!reflect.DeepEqual(back.Header, m.Header) {
			t.Fatalf("%+v became %+v (%v)", m, back, err)
		}
	})
}
