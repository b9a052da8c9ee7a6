package load

import (
	"bytes"
	"fmt"
	"io"
)

// webdisSubscribe asks webdis for a channel as it takes commands at /.json: a JSON array in a WebSocket frame.
func webdisSubscribe(w io.Writer, channel string) error {
	text := fmt.Sprintf(`["SUBSCRIBE","%s"]`, channel)
	_, err := w.Write(append(websocketHeader(opText, len(text)), text...))
	return err
}

// webdisMessage takes the message out of a reply such as {"SUBSCRIBE":["message","in","..."]}; other replies are none. The
// message must be text that JSON does not escape.
func webdisMessage(channel string) splitter {
	before, after := fmt.Appendf(nil, `{"SUBSCRIBE":["message","%s","`, channel), []byte(`"]}`)
	return func(payload []byte, emit func([]byte)) (int, error) {
		if rest, isMessage := bytes.CutPrefix(payload, before); isMessage {
			emit(bytes.TrimSuffix(rest, after))
		}
		return len(payload), nil
	}
}
