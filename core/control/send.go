package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// maxSend is above the largest message, in base64 and with its attributes.
const maxSend = 6 << 20

// Message is a message to be sent.
type Message struct {
	Payload     []byte
	ContentType string
	// Attributes are those that an endpoint may set.
	Attributes map[string]string
}

// Sent is what became of a message that was sent.
type Sent struct {
	// ID is the message's, Outlets the names of the outlets that it went to: none where no route begins at the endpoint.
	ID      string   `json:"id"`
	Outlets []string `json:"outlets"`
}

// sending is the body of send. One of the payloads is given, or none for an empty message.
type sending struct {
	Endpoint      string            `json:"endpoint"`
	Payload       string            `json:"payload,omitempty"`
	PayloadBase64 []byte            `json:"payload-base64,omitempty"`
	ContentType   string            `json:"content-type,omitempty"`
	Attributes    map[string]string `json:"attributes,omitempty"`
}

func (s *Server) send(ctx context.Context, body []byte) (any, error) {
	var b sending
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil || b.Endpoint == "" || b.Payload != "" && b.PayloadBase64 != nil {
		return nil, badRequest(`the body must be {"endpoint": NAME, "payload": TEXT or "payload-base64": BYTES, ` +
			`"attributes": {NAME: TEXT}, "content-type": TEXT}`)
	}
	m := Message{Payload: b.PayloadBase64, ContentType: b.ContentType, Attributes: b.Attributes}
	if b.PayloadBase64 == nil {
		m.Payload = []byte(b.Payload)
	}
	return s.hub.Send(ctx, b.Endpoint, m)
}

// Send gives a message to the hub as if the endpoint had received it, and returns when its source could go on: queued
// at the outlets that hold their source back, settled at those that acknowledge.
func (c *Client) Send(ctx context.Context, endpoint string, m Message) (Sent, error) {
	var sent Sent
	body, err := c.do(ctx, http.MethodPost, "/v1/send", sending{Endpoint: endpoint, PayloadBase64: m.Payload,
		ContentType: m.ContentType, Attributes: m.Attributes})
	if err != nil {
		return sent, err
	}
	err = json.NewDecoder(body).Decode(&sent)
	return sent, errors.Join(err, body.Close())
}
