package marshal

import (
	"encoding/hex"
	"mime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// cloudEvents is marshal-json with its envelope: CloudEvents 1.0 as the JSON Event Format has them, structured mode.
type cloudEvents struct {
	jsonFormat
	// typ is the type of every event, as a JSON string.
	typ string
	// shown are the attributes that are written out.
	shown []string
}

// ownMembers are the members of an event that are no attributes of the message.
var ownMembers = []string{
	"specversion", "id", "source", "type", "time", "datacontenttype", "dataschema", "data", "data_base64",
}

// stampedMembers are those of them that `expose` may name: they are always there.
var stampedMembers = []string{"id", "source", "type", "time"}

// always are the attributes that are written out always: without hops a message could go round between hubs for ever,
// without correlation nobody could answer it.
var always = []string{"hops", "correlation"}

var eventHeader = &sdk.Header{ContentType: "application/cloudevents+json"}

func newCloudEvents(f jsonFormat, typ string, expose []string) cloudEvents {
	e := cloudEvents{jsonFormat: f, typ: string(appendQuoted(nil, typ)), shown: slices.Clone(always)}
	for _, name := range expose {
		if !slices.Contains(stampedMembers, name) && !slices.Contains(e.shown, name) {
			e.shown = append(e.shown, name)
		}
	}
	return e
}

// Marshal makes an event of a message: of a canonical value, or of the bytes of a source without marshalling.
func (e cloudEvents) Marshal(m sdk.Message) (sdk.Message, error) {
	out := make([]byte, 0, len(m.Payload)+len(m.Payload)/2+256)
	out = append(out, `{"specversion":"1.0","id":"`...)
	out = hex.AppendEncode(out, m.ID[:])
	out = append(out, `","source":`...)
	out = appendQuoted(out, "/"+m.Source)
	out = append(append(out, `,"type":`...), e.typ...)
	if m.Time != 0 {
		out = append(out, `,"time":"`...)
		out = append(time.Unix(0, m.Time).UTC().AppendFormat(out, time.RFC3339Nano), '"')
	}
	out = e.appendAttributes(out, &m)
	out, err := e.appendData(out, m)
	if err != nil {
		return m, err
	}
	return sdk.Message{Payload: append(out, '}'), Header: eventHeader}, nil
}

func (e cloudEvents) appendAttributes(out []byte, m *sdk.Message) []byte {
	if m.Header == nil {
		return out
	}
	for _, name := range e.shown {
		value, found := m.Header.Attributes.Get(name)
		if !found || name == "subject" && value == "" { // which CloudEvents does not allow
			continue
		}
		out = append(append(append(out, `,"`...), name...), `":`...)
		out = appendQuoted(out, value)
	}
	return out
}

// The ways in which data stands in an event.
const (
	dataMember   = `,"data":`
	base64Member = `,"data_base64":`
)

func (e cloudEvents) appendData(out []byte, m sdk.Message) ([]byte, error) {
	if m.Header == nil || m.Header.ContentType != sdk.CanonicalType {
		return appendForeign(out, m), nil
	}
	r := cborReader{rest: m.Payload}
	if r.next() != majorBytes {
		return e.appendJSON(append(appendContentType(out, jsonType), dataMember...), m.Payload)
	}
	_, info, n, err := r.head()
	if err != nil {
		return nil, err
	}
	b, err := r.chunks(majorBytes, info, n)
	if err != nil {
		return nil, err
	}
	if len(r.rest) > 0 {
		return nil, surplus(len(r.rest))
	}
	return appendBase64(append(appendContentType(out, bytesType), base64Member...), b), nil
}

const (
	bytesType = "application/octet-stream"
	textType  = "text/plain"
)

// appendForeign appends the bytes of a source without marshalling: as they are if they are JSON, else as a text, else
// in base64.
func appendForeign(out []byte, m sdk.Message) []byte {
	_, err := jsonFormat{}.Unmarshal(m)
	switch {
	case err == nil:
		return append(append(appendContentType(out, contentType(m, true, jsonType)), dataMember...), m.Payload...)
	case utf8.Valid(m.Payload):
		return appendQuoted(append(appendContentType(out, contentType(m, false, textType)), dataMember...), m.Payload)
	}
	return appendBase64(append(appendContentType(out, contentType(m, false, bytesType)), base64Member...), m.Payload)
}

// contentType is the message's own if it is one and says of JSON what is so, else the other.
func contentType(m sdk.Message, json bool, other string) string {
	if m.Header == nil {
		return other
	}
	media, _, err := mime.ParseMediaType(m.Header.ContentType)
	if err != nil || !strings.Contains(media, "/") || saysJSON(media) != json {
		return other
	}
	return m.Header.ContentType
}

// saysJSON reports whether a media type is JSON's or ends in +json (RFC 6839).
func saysJSON(media string) bool {
	return media == jsonType || media == "text/json" || strings.HasSuffix(media, "+json")
}

func appendContentType(out []byte, contentType string) []byte {
	return appendQuoted(append(out, `,"datacontenttype":`...), contentType)
}
