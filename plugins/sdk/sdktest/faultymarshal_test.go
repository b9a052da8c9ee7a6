package sdktest

import (
	"bytes"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// marshallingFindings are the checks that must fail for each fault of the marshalling.
var marshallingFindings = map[string][]string{
	"decodes to no CBOR":       {"marshalling_values"},
	"changes a value":          {"marshalling_values"},
	"counts its answers":       {"marshalling_purity"},
	"takes every payload":      {"marshalling_errors"},
	"names no place":           {"marshalling_errors"},
	"encodes malformed values": {"marshalling_canonical_errors"},
}

func TestSuiteFindsFaultsOfMarshallings(t *testing.T) {
	for name, checks := range marshallingFindings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := runFaulty(t, "TestFaultyMarshalling", name, "^memory$/^("+strings.Join(checks, "|")+")$")
			for _, check := range checks {
				if !bytes.Contains(out, []byte("--- FAIL: TestFaultyMarshalling/memory/"+check+" ")) {
					t.Errorf("check %s did not fail:\n%s", check, out)
				}
			}
		})
	}
}

// TestFaultyMarshalling passes where there is no fault.
func TestFaultyMarshalling(t *testing.T) {
	Run(t, faulty, Promises{
		ID:     "marshal-faulty",
		New:    func(testing.TB) Outside { return Outside{Config: "{}"} },
		Values: []string{"a", "bc", ""}, BadValues: map[string]string{"b c": "/1"},
	})
}

// faultyMarshalling knows texts without blanks.
type faultyMarshalling struct{ answers atomic.Int64 }

func (f *faultyMarshalling) Marshal(m sdk.Message) (sdk.Message, error) {
	var text string
	if err := cbor.Unmarshal(m.Payload, &text); err != nil && fault != "encodes malformed values" {
		return m, err
	}
	switch fault {
	case "changes a value":
		text += "x"
	case "counts its answers":
		text = strings.Repeat("x", int(f.answers.Add(1)))
	}
	return sdk.Message{Payload: []byte(text), Header: &sdk.Header{ContentType: "text/plain"}}, nil
}

func (f *faultyMarshalling) Unmarshal(m sdk.Message) (sdk.Message, error) {
	if at := bytes.IndexByte(m.Payload, ' '); at >= 0 && fault != "takes every payload" {
		path := "/1"
		if fault == "names no place" {
			path = ""
		}
		return m, &sdk.PathError{Path: path, Err: errors.New("a blank")}
	}
	payload, err := cbor.Marshal(string(m.Payload))
	if fault == "decodes to no CBOR" {
		payload = []byte{0xff}
	}
	return sdk.Message{Payload: payload}, err
}
