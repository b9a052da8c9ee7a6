// Package marshal is the plugin that turns the formats of payloads into canonical values (CBOR, RFC 8949) and back.
package marshal

import (
	"fmt"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Plugin offers marshal-json.
var Plugin = sdk.Plugin{
	Name: "marshal",
	Types: []sdk.Type{
		sdk.Marshalling("marshal-json", "JSON (RFC 8259)", func(_ sdk.Setting, c jsonConfig) (sdk.Marshaller, error) {
			return jsonFormat{bytesAsBase64: c.Bytes == "base64"}, nil
		}),
	},
}

// jsonConfig is the keys of marshal-json.
type jsonConfig struct {
	Bytes string `key:"bytes" default:"error" enum:"error,base64" doc:"What becomes of byte strings, which JSON does not have."`
}

// maxDepth is how deep arrays and objects may stand in each other, in both directions.
const maxDepth = 256

// jsonFormat is marshal-json.
type jsonFormat struct{ bytesAsBase64 bool }

// jsonHeader is shared by all messages that have no attributes.
var jsonHeader = &sdk.Header{ContentType: "application/json"}

// Marshal turns canonical values into JSON.
func (f jsonFormat) Marshal(m sdk.Message) (sdk.Message, error) {
	w := jsonWriter{rest: m.Payload, bytesAsBase64: f.bytesAsBase64, out: make([]byte, 0, len(m.Payload)+len(m.Payload)/2)}
	if err := w.value(0); err != nil {
		return m, w.at(err)
	}
	if len(w.rest) > 0 {
		return m, fmt.Errorf("%d bytes after the value", len(w.rest))
	}
	m.Payload = w.out
	switch {
	case m.Header == nil || len(m.Header.Attributes) == 0:
		m.Header = jsonHeader
	case m.Header.ContentType != jsonHeader.ContentType:
		m.Header = &sdk.Header{ContentType: jsonHeader.ContentType, Attributes: m.Header.Attributes}
	}
	return m, nil
}

// Unmarshal turns JSON into canonical values.
func (f jsonFormat) Unmarshal(m sdk.Message) (sdk.Message, error) {
	r := jsonReader{text: m.Payload, out: make([]byte, 0, len(m.Payload))}
	if err := r.document(); err != nil {
		return m, r.at(err)
	}
	m.Payload = r.out
	return m, nil
}

// JSON is marshal-json as a value, for programs that have payloads and no hub. With bytesAsBase64 byte strings become
// base64 texts, else they are errors.
func JSON(bytesAsBase64 bool) sdk.Marshaller { return jsonFormat{bytesAsBase64: bytesAsBase64} }
