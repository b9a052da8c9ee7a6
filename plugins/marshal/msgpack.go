package marshal

import "github.com/araldo-relay/araldo/plugins/sdk"

// packFormat is marshal-msgpack.
type packFormat struct{}

func newMessagePack(sdk.Setting, plainConfig) (sdk.Marshaller, error) { return packFormat{}, nil }

var packHeader = &sdk.Header{ContentType: "application/vnd.msgpack"}

// Marshal turns canonical values into MessagePack.
func (packFormat) Marshal(m sdk.Message) (sdk.Message, error) {
	w := packWriter{cborReader: cborReader{m.Payload}, out: make([]byte, 0, len(m.Payload)+len(m.Payload)/8+16)}
	if err := w.value(0); err != nil {
		return m, withPath(err)
	}
	if len(w.rest) > 0 {
		return m, surplus(len(w.rest))
	}
	return sdk.Message{Payload: w.out, Header: packHeader}, nil
}

// Unmarshal turns MessagePack into canonical values.
func (packFormat) Unmarshal(m sdk.Message) (sdk.Message, error) {
	r := packReader{rest: m.Payload, out: make([]byte, 0, len(m.Payload)+len(m.Payload)/8+16)}
	if err := r.value(0); err != nil {
		return m, withPath(err)
	}
	if len(r.rest) > 0 {
		return m, surplus(len(r.rest))
	}
	return sdk.Message{Payload: r.out}, nil
}
