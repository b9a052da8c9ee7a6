package sdktest

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

func (s *suite) marshallingChecks() []check {
	return []check{
		{"marshalling values", s.checkValues},
		{"marshalling errors", s.checkBadValues},
		{"marshalling canonical errors", s.checkBadCanonical},
		{"marshalling purity", s.checkPurity},
		{"marshalling without an instance", s.checkNoMarshalling},
	}
}

// canonical makes messages of canonical values.
func canonical(list ...core.Message) []core.Message {
	out := make([]core.Message, len(list))
	header := &core.Header{ContentType: core.CanonicalType}
	for i := range list {
		out[i] = core.Message{ID: core.ID{1}.Add(uint64(i)), Source: "sdktest", Time: 1, Header: header, Payload: list[i].Payload}
	}
	return out
}

func messagesOf(payloads ...string) []core.Message {
	out := make([]core.Message, len(payloads))
	for i, p := range payloads {
		out[i].Payload = []byte(p)
	}
	return out
}

var wellFormed = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxNestedLevels: 65535, MaxArrayElements: 1 << 30, MaxMapPairs: 1 << 30}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// checkValues: what is decoded is CBOR, and comes back the same from the format.
func (s *suite) checkValues(t T) {
	name, _ := s.open(t)
	decoded := s.hub.Unmarshal(t, name, messagesOf(s.Values...))
	if len(decoded.Faults) > 0 {
		t.Fatalf("values that must be taken: %v", decoded.Faults)
	}
	for i, m := range decoded.Messages {
		if err := wellFormed.Wellformed(m.Payload); err != nil {
			t.Errorf("%q became %x: %v", s.Values[i], m.Payload, err)
		}
	}
	encoded := s.hub.Marshal(t, name, canonical(decoded.Messages...))
	if len(encoded.Faults) > 0 || encoded.ContentType == "" {
		t.Fatalf("back in the format: %v, content type %q", encoded.Faults, encoded.ContentType)
	}
	again := s.hub.Unmarshal(t, name, encoded.Messages)
	for i, m := range again.Messages {
		if string(m.Payload) != string(decoded.Messages[i].Payload) {
			t.Errorf("%q became %x, %q, %x", s.Values[i], decoded.Messages[i].Payload, encoded.Messages[i].Payload, m.Payload)
		}
	}
}

// checkBadValues: each bad payload is an error at its place, and those around it pass.
func (s *suite) checkBadValues(t T) {
	name, _ := s.open(t)
	for payload, path := range s.BadValues {
		c := s.hub.Unmarshal(t, name, messagesOf(s.Values[0], payload, s.Values[0]))
		if len(c.Faults) != 1 || c.Faults[0].Index != 1 || c.Faults[0].Path != path {
			t.Errorf("%.60q: errors %v, must be one at %q", payload, c.Faults, path)
		}
	}
}

// malformed is what no marshalling may take for a canonical value, in hexadecimal.
var malformed = map[string]string{
	"nothing": "", "a break": "ff", "two values": "0101", "4 GiB of bytes": "5affffffff", "2^64 characters": "7bffffffffffffffff61",
	"4 GiB of entries": "9affffffff01", "2^63 members": "bb8000000000000000", "100,000 arrays": strings.Repeat("81", 100_000),
	"100,000 tags": strings.Repeat("c6", 100_000), "a text that is not UTF-8": "61ff",
}

// checkBadCanonical: what is no canonical value is an error, and those around it pass.
func (s *suite) checkBadCanonical(t T) {
	name, _ := s.open(t)
	good := s.hub.Unmarshal(t, name, messagesOf(s.Values[0])).Messages[0]
	for what, text := range malformed {
		bad, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		c := s.hub.Marshal(t, name, canonical(good, core.Message{Payload: bad}, good))
		if len(c.Faults) != 1 || c.Faults[0].Index != 1 {
			t.Errorf("%s: errors %v, must be one", what, c.Faults)
		}
	}
}

// checkPurity: the same messages give the same answers, however often and in whatever instance.
func (s *suite) checkPurity(t T) {
	list := s.Values
	for bad := range s.BadValues {
		list = append(list[:len(list):len(list)], bad)
	}
	first, _ := s.open(t)
	second, _ := s.open(t)
	decoded := s.hub.Unmarshal(t, first, messagesOf(list...))
	encoded := s.hub.Marshal(t, first, canonical(decoded.Messages[:len(s.Values)]...))
	for _, name := range []string{first, second} {
		if !same(decoded, s.hub.Unmarshal(t, name, messagesOf(list...))) {
			t.Error("the same payloads became other values")
		}
		if !same(encoded, s.hub.Marshal(t, name, canonical(decoded.Messages[:len(s.Values)]...))) {
			t.Error("the same values became other payloads")
		}
	}
}

// same reports whether two answers are one.
func same(a, b Converted) bool {
	return a.ContentType == b.ContentType &&
		slices.EqualFunc(a.Messages, b.Messages, func(a, b core.Message) bool { return string(a.Payload) == string(b.Payload) }) &&
		slices.EqualFunc(a.Faults, b.Faults, func(a, b *pluginv1.MarshalError) bool { return proto.Equal(a, b) })
}

// checkNoMarshalling: who asks nobody is told so.
func (s *suite) checkNoMarshalling(t T) {
	ctx, cancel := s.hub.deadline()
	defer cancel()
	stream, err := s.hub.Client.Marshal(ctx)
	if err != nil {
		t.Fatal(err)
	}
	request := &pluginv1.MarshalRequest{Name: "nobody", Sequence: 1, Batch: wire.ToBatch(0, 0, 1, messagesOf(""))}
	if err := stream.Send(request); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); status.Code(err) != codes.NotFound {
		t.Errorf("a marshalling that is not open: %v", err)
	}
}
