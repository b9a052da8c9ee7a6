package record

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
)

// The keys of a record. All but the payload may be left out; exactly one of the two payloads stands.
const (
	keyID          = "id"
	keySource      = "source"
	keyTime        = "time"
	keyContentType = "content-type"
	keyAttributes  = "attributes"
	keyPayload     = "payload"
	keyBase64      = "payload-base64"
)

// timeLayout is RFC 3339 with all nine digits of the nanoseconds.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

// Encoder turns messages into lines. The zero value is ready; one goroutine uses it.
type Encoder struct {
	// header is the latest message's and encoded what it looks like: messages of one connection share it.
	header  *core.Header
	encoded []byte
}

// Append adds the message's line to dst, its newline included. A message with a source, content type or attribute that
// core does not allow is an error, and dst comes back as it was: its line could not be read again.
func (e *Encoder) Append(dst []byte, m *core.Message) ([]byte, error) {
	if !utf8.ValidString(m.Source) {
		return dst, errors.New("the source's name is not UTF-8")
	}
	if err := e.take(m.Header); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	if !m.ID.IsZero() {
		dst = append(appendKey(dst, keyID), '"')
		dst = append(hex.AppendEncode(dst, m.ID[:]), '"', ',')
	}
	if m.Source != "" {
		dst = append(appendString(appendKey(dst, keySource), m.Source), ',')
	}
	if m.Time != 0 {
		dst = append(appendKey(dst, keyTime), '"')
		dst = append(time.Unix(0, m.Time).UTC().AppendFormat(dst, timeLayout), '"', ',')
	}
	dst = appendPayload(append(dst, e.encoded...), m.Payload)
	return append(dst, '}', '\n'), nil
}

// take encodes a header unless it is the latest one.
func (e *Encoder) take(h *core.Header) error {
	if h == e.header {
		return nil
	}
	if err := checkHeader(h); err != nil {
		return err
	}
	e.header, e.encoded = h, e.encoded[:0]
	if h == nil {
		return nil
	}
	if h.ContentType != "" {
		e.encoded = append(appendString(appendKey(e.encoded, keyContentType), h.ContentType), ',')
	}
	if len(h.Attributes) == 0 {
		return nil
	}
	e.encoded = append(appendKey(e.encoded, keyAttributes), '{')
	for i, a := range h.Attributes {
		if i > 0 {
			e.encoded = append(e.encoded, ',')
		}
		e.encoded = appendString(appendKey(e.encoded, a.Name), a.Value)
	}
	e.encoded = append(e.encoded, '}', ',')
	return nil
}

// checkHeader holds a header against core's rules; the content type's are those of an attribute's value.
func checkHeader(h *core.Header) error {
	if h == nil {
		return nil
	}
	if err := core.CheckAttribute(core.Attribute{Name: "contenttype", Value: h.ContentType}); err != nil {
		return err
	}
	for _, a := range h.Attributes {
		if err := core.CheckAttribute(a); err != nil {
			return err
		}
	}
	return nil
}

// appendPayload writes text as text and all else in base64.
func appendPayload(dst, payload []byte) []byte {
	if isText(payload) {
		return appendString(appendKey(dst, keyPayload), payload)
	}
	dst = append(appendKey(dst, keyBase64), '"')
	return append(base64.StdEncoding.AppendEncode(dst, payload), '"')
}

// isText reports whether a payload is UTF-8 without control characters other than tab, newline and carriage return: what
// a person can read, and a terminal that shows the file does not obey.
func isText(payload []byte) bool {
	for i := 0; i < len(payload); {
		c := payload[i]
		if c < utf8.RuneSelf {
			if c == 0x7f || c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(payload[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) {
			return false
		}
		i += size
	}
	return true
}

// appendKey writes a key that needs no escapes.
func appendKey(dst []byte, key string) []byte {
	dst = append(dst, '"')
	return append(append(dst, key...), '"', ':')
}

// appendString writes UTF-8 as a JSON string (RFC 8259, section 7), with no more escapes than it needs.
func appendString[S string | []byte](dst []byte, text S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(append(dst, text[start:]...), '"')
}
