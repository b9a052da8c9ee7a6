package marshal

import "github.com/araldo-relay/araldo/plugins/sdk"

const jsonType = "application/json"

// jsonFormat is marshal-json without an envelope.
type jsonFormat struct{ bytesAsBase64 bool }

var jsonHeader = &sdk.Header{ContentType: jsonType}

func newJSON(_ sdk.Setting, c jsonConfig) (sdk.Marshaller, error) {
	f := jsonFormat{bytesAsBase64: c.Bytes == bytesBase64}
	if c.Envelope == envelopeCloudEvents {
		return newCloudEvents(f, c.Type, c.Expose), nil
	}
	return f, nil
}

// Marshal turns canonical values into JSON.
func (f jsonFormat) Marshal(m sdk.Message) (sdk.Message, error) {
	out, err := f.appendJSON(make([]byte, 0, len(m.Payload)+len(m.Payload)/2), m.Payload)
	return sdk.Message{Payload: out, Header: jsonHeader}, err
}

// appendJSON appends the JSON of one canonical value.
func (f jsonFormat) appendJSON(out, canonical []byte) ([]byte, error) {
	w := jsonWriter{cborReader: cborReader{canonical}, bytesAsBase64: f.bytesAsBase64, out: out}
	if err := w.value(0); err != nil {
		return nil, withPath(err)
	}
	if len(w.rest) > 0 {
		return nil, surplus(len(w.rest))
	}
	return w.out, nil
}

// Unmarshal turns JSON into canonical values.
func (f jsonFormat) Unmarshal(m sdk.Message) (sdk.Message, error) {
	r := jsonReader{text: m.Payload, out: make([]byte, 0, len(m.Payload))}
	if err := r.document(); err != nil {
		return m, withPath(err)
	}
	return sdk.Message{Payload: r.out}, nil
}
