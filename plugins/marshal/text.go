package marshal

import (
	"errors"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// textFormat is marshal-text.
type textFormat struct{}

func newText(sdk.Setting, plainConfig) (sdk.Marshaller, error) { return textFormat{}, nil }

var (
	textHeader = &sdk.Header{ContentType: "text/plain; charset=utf-8"}
	errNoText  = errors.New("a value that is not a text")
)

// Marshal turns a text into its bytes.
func (textFormat) Marshal(m sdk.Message) (sdk.Message, error) {
	r := cborReader{rest: m.Payload}
	major, info, n, err := r.head()
	if err != nil {
		return m, err
	}
	if major != majorText {
		return m, errNoText
	}
	text, err := r.text(info, n)
	if err != nil {
		return m, err
	}
	if len(r.rest) > 0 {
		return m, surplus(len(r.rest))
	}
	return sdk.Message{Payload: text, Header: textHeader}, nil
}

// Unmarshal takes bytes that are UTF-8 as a text.
func (textFormat) Unmarshal(m sdk.Message) (sdk.Message, error) {
	if !utf8.Valid(m.Payload) {
		return m, errUTF8
	}
	out := appendHead(make([]byte, 0, len(m.Payload)+9), majorText, uint64(len(m.Payload)))
	return sdk.Message{Payload: append(out, m.Payload...)}, nil
}
