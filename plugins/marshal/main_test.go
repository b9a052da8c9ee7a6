package marshal

import (
	"encoding/hex"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, Plugin) }

const event = `{"specversion":"1.0","id":"1","source":"/back","type":"t"`

// parity: A10 K21
func TestConformance(t *testing.T) {
	deepPack, deepCBOR := strings.Repeat("\x91", 100_000), strings.Repeat("\x81", 100_000)
	for _, p := range []sdktest.Promises{
		{
			ID: "marshal-json", New: configured(`{"bytes": "base64"}`), BadConfigs: map[string]string{`{"bytes": "hex"}`: "/bytes"},
			Values:    []string{`{"a":[1,2.5,"x",null,true]}`, `9238756389456238756498237645289`, `0.1`, `1e400`, `"\u0000"`},
			BadValues: map[string]string{`{"a":[1,}`: "/a/1", `{"a":1,"a":1}`: "/a", `"\ud800"`: "", ``: ""},
		},
		{
			ID: "marshal-json", New: configured(`{"envelope": "cloudevents", "type": "a.b", "expose": ["conn"]}`),
			BadConfigs: map[string]string{
				`{"expose": ["Conn"]}`: "/expose/0", `{"envelope": "cloudevents", "expose": ["conn", "peer"]}`: "/expose/1",
				`{"expose": ["data"]}`: "/expose/0", `{"envelope": "soap"}`: "/envelope",
				"{\"envelope\": \"cloudevents\", \"type\": \"a\\n\"}": "/type", `{"envelope": "cloudevents", "type": ""}`: "/type",
			},
			Values:    []string{event + `,"data":{"a":0.1}}`, event + `,"data_base64":"AQI="}`, event + `}`, event + `,"data":"x","to":"all"}`},
			BadValues: map[string]string{`{}`: "", event + `,"data":[0,}`: "/data/1", `1`: ""},
		},
		{
			ID: "marshal-msgpack", New: configured(`{}`), BadConfigs: map[string]string{`{"envelope": "cloudevents"}`: "/envelope"},
			Values:    []string{"\x82\xa1a\xcd\x01\x00\xa1b\x93\xc2\xc0\xff", "\xc4\x01\x00", "\xd6\xff\x00\x00\x00\x01", "\x81\x01\x02"},
			BadValues: map[string]string{"\x82\xa1a\x01\xa1a\x01": "/a", deepPack: strings.Repeat("/0", 257), "\x91\xc1": "/0"},
		},
		{
			ID: "marshal-cbor", New: configured(`{}`), BadConfigs: map[string]string{`{"envelope": "cloudevents"}`: "/envelope"},
			Values:    []string{"\xbf\x61a\x18\x01\xff", "\xc2\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00", "\xf9\x7e\x00"},
			BadValues: map[string]string{"\xa2\x61a\x01\x61a\x01": "/a", deepCBOR: strings.Repeat("/0", 257), "\x81\x61\xff": "/0"},
		},
		{
			ID: "marshal-text", New: configured(`{}`), BadConfigs: map[string]string{`{"charset": "latin-1"}`: "/charset"},
			Values: []string{"", "é\x00", strings.Repeat("x", 70_000)}, BadValues: map[string]string{"a\xff": ""},
		},
	} {
		t.Run(p.ID, func(t *testing.T) { sdktest.Run(t, Plugin, p) })
	}
}

func configured(keys string) func(testing.TB) sdktest.Outside {
	return func(testing.TB) sdktest.Outside { return sdktest.Outside{Config: keys} }
}

func decode(f sdk.Marshaller, payload string) (string, error) {
	m, err := f.Unmarshal(sdk.Message{Payload: []byte(payload)})
	return string(m.Payload), err
}

func encode(f sdk.Marshaller, canonical string) (string, error) {
	m, err := f.Marshal(sdk.Message{Payload: []byte(canonical), Header: cborHeader})
	return string(m.Payload), err
}

// judge is CBOR by another hand.
var judge = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxNestedLevels: 4 * maxDepth, DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// The numbers of the issue, and bytes, through two formats and back: what can't be kept is refused with its place.
//
// fault: B10
func TestNumbersThroughTwoFormats(t *testing.T) {
	for _, c := range []struct{ json, pack, why string }{
		{`{"a":9238756389456238756498237645289}`, "", "an integer beyond 64 bits"},
		{`{"a":-9007199254740993}`, "81a161d3ffdfffffffffffff", ""},
		{`{"a":0.1}`, "81a161cb3fb999999999999a", ""},
		{`{"a":1e400}`, "", "a number that no float of 64 bits stands for"},
		{`{"a":0.1000000000000000000001}`, "", "a number that no float of 64 bits stands for"},
		{`{"a":18446744073709551615}`, "81a161cfffffffffffffffff", ""},
		{`{"a":-9223372036854775809}`, "", "an integer beyond 64 bits"},
		{`{"a":1.0}`, "81a161cb3ff0000000000000", ""},
		{`{"a":-0}`, "81a161cb8000000000000000", ""},
		{`{"a":-273.15}`, "81a161cbc071126666666666", ""},
	} {
		for _, path := range [][]sdk.Marshaller{{cborFormat{}}, {packFormat{}}, {cborFormat{}, packFormat{}}} {
			back, packed, err := through(c.json, path...)
			_, isPack := path[len(path)-1].(packFormat)
			if isPack && c.why != "" {
				var at *sdk.PathError
				if !errors.As(err, &at) || at.Path != "/a" || !strings.Contains(err.Error(), c.why) {
					t.Errorf("%s: %v, must be %s at /a", c.json, err, c.why)
				}
				continue
			}
			if err != nil || back != c.json || isPack && hex.EncodeToString([]byte(packed)) != c.pack {
				t.Errorf("%s came back as %s by way of %x, %v", c.json, back, packed, err)
			}
		}
	}
}

// through takes a JSON text through other formats and back, and returns also what it was in the last of them.
func through(json string, formats ...sdk.Marshaller) (back, last string, err error) {
	value, err := decode(jsonFormat{}, json)
	for _, f := range formats {
		if err == nil {
			last, err = encode(f, value)
		}
		if err == nil {
			value, err = decode(f, last)
		}
	}
	if err == nil {
		back, err = encode(jsonFormat{}, value)
	}
	return back, last, err
}

func TestBytesThroughTwoFormats(t *testing.T) {
	value, err := decode(packFormat{}, "\x81\xa1a\x92\x01\xc4\x02\x01\x02")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := encode(cborFormat{}, value); err != nil || out != "\xa1\x61a\x82\x01\x42\x01\x02" {
		t.Errorf("%x, %v", out, err)
	}
	var at *sdk.PathError
	if _, err := encode(jsonFormat{}, value); !errors.As(err, &at) || at.Path != "/a/1" {
		t.Errorf("bytes in JSON: %v", err)
	}
	if out, err := encode(jsonFormat{bytesAsBase64: true}, value); err != nil || out != `{"a":[1,"AQI="]}` {
		t.Errorf("%s, %v", out, err)
	}
}

// claims are ten bytes and fewer that promise gigabytes.
var claims = map[sdk.Marshaller][]string{
	packFormat{}: {
		"\xc6\xff\xff\xff\xff12345", "\xdb\xff\xff\xff\xff12345", "\xdd\xff\xff\xff\xff\x01\x01", "\xdf\xff\xff\xff\xff\xa1a\x01",
		"\xc9\xff\xff\xff\xff\xff123", "\xdc\xff\xff", "\xda\xff\xff", "\xc7\xff\x01a", "\xc8\xff\xff\x01a", "\xc9",
	},
	cborFormat{}: {
		"\x5a\xff\xff\xff\xff12345", "\x7a\xff\xff\xff\xff12345", "\x9a\xff\xff\xff\xff\x01\x01", "\xba\xff\xff\xff\xff\x61a\x01",
		"\x5b\x00\x00\x00\x01\x00\x00\x00\x00a", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\xbb\x80\x00\x00\x00\x00\x00\x00\x00\x01",
		"\x5f\x5a\xff\xff\xff\xff", "\xc2\x5a\xff\xff\xff\xff", "\xc4\x9a\xff\xff\xff\xff",
	},
}

// fault: B11
func TestClaimsAreNotBelieved(t *testing.T) {
	const rounds = 1000
	read := func(f sdk.Marshaller, input string, way func(sdk.Marshaller, string) (string, error)) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			if _, err := way(f, input); err == nil {
				t.Fatalf("%x was taken", input)
			}
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / rounds; each > 1024 {
			t.Errorf("%x took %d bytes of memory", input, each)
		}
	}
	for f, inputs := range claims {
		for _, input := range inputs {
			read(f, input, decode)
		}
	}
	for _, input := range claims[cborFormat{}] {
		for _, f := range []sdk.Marshaller{jsonFormat{}, packFormat{}, cborFormat{}, textFormat{}, newCloudEvents(jsonFormat{}, defaultType, nil)} {
			read(f, input, encode)
		}
	}
}

// A type that no message will have is a warning, as all that is written in vain.
func TestATypeWithoutEnvelopeIsAWarning(t *testing.T) {
	found := (&jsonConfig{Envelope: envelopeNone, Type: "a"}).Check(sdk.Setting{})
	if len(found) != 1 || found[0].Severity != sdk.SeverityWarning || found[0].Path != "/type" {
		t.Errorf("found %+v", found)
	}
}
