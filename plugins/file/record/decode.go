package record

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
)

// Decoder turns lines into messages. The zero value is ready; one goroutine uses it.
type Decoder struct {
	// raw are the latest attributes and content type as they stood in the line, header what they were: lines that say
	// the same share it.
	raw         []byte
	contentType string
	header      *core.Header
}

// parts is a record while it is read.
type parts struct {
	message     core.Message
	contentType string
	attributes  json.RawMessage
	seen        map[string]bool
}

// Decode reads one line, with or without its newline; nothing of the message aliases it. Keys that are not known are
// passed over; a known key that stands twice, a lone surrogate, bytes that are not UTF-8 and all else that could be read
// as another message than was meant are errors. Errors never quote the line.
func (d *Decoder) Decode(line []byte) (core.Message, error) {
	if !utf8.Valid(line) {
		return core.Message{}, errors.New("not UTF-8")
	}
	if hasLoneSurrogate(line) {
		return core.Message{}, errors.New("a lone surrogate stands in a string")
	}
	p := parts{seen: make(map[string]bool, 8)}
	if err := eachMember(line, p.member); err != nil {
		return core.Message{}, err
	}
	if p.seen[keyPayload] == p.seen[keyBase64] {
		return core.Message{}, fmt.Errorf("exactly one of %s and %s must stand", keyPayload, keyBase64)
	}
	var err error
	p.message.Header, err = d.headerOf(p.contentType, p.attributes)
	return p.message, err
}

// eachMember calls f with each key of the JSON object that text is, the decoder standing before the key's value.
func eachMember(text []byte, f func(key string, values *json.Decoder) error) error {
	values := json.NewDecoder(bytes.NewReader(text))
	if token, err := values.Token(); err != nil || token != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for values.More() {
		token, err := values.Token()
		key, isKey := token.(string)
		if err != nil || !isKey {
			return errors.New("not a JSON object")
		}
		if err := f(key, values); err != nil {
			return err
		}
	}
	if _, err := values.Token(); err != nil {
		return errors.New("the JSON object does not end")
	}
	if _, err := values.Token(); err != io.EOF {
		return errors.New("something stands after the JSON object")
	}
	return nil
}

// member takes one key of a record.
func (p *parts) member(key string, values *json.Decoder) error {
	var err error
	switch key {
	case keyAttributes:
		err = p.once(key, values, &p.attributes)
	case keyID, keySource, keyTime, keyContentType, keyPayload, keyBase64:
		var text *string
		if err = p.once(key, values, &text); err == nil && text == nil {
			err = errors.New("null")
		}
		if err == nil {
			err = p.set(key, *text)
		}
	default:
		err = values.Decode(new(json.RawMessage))
	}
	if err != nil {
		return fmt.Errorf("%s can't be read", knownKey(key))
	}
	return nil
}

// knownKey is what an error may say of a key: a foreign one could be a secret.
func knownKey(key string) string {
	switch key {
	case keyAttributes, keyID, keySource, keyTime, keyContentType, keyPayload, keyBase64:
		return key
	}
	return "an unknown key"
}

var errTwice = errors.New("the key stands twice")

func (p *parts) once(key string, values *json.Decoder, into any) error {
	if p.seen[key] {
		return errTwice
	}
	p.seen[key] = true
	return values.Decode(into)
}

func (p *parts) set(key, text string) error {
	var err error
	switch key {
	case keyID:
		if len(text) != hex.EncodedLen(len(p.message.ID)) {
			return errors.New("length")
		}
		_, err = hex.Decode(p.message.ID[:], []byte(text))
	case keySource:
		p.message.Source = text
	case keyTime:
		p.message.Time, err = parseTime(text)
	case keyContentType:
		p.contentType = text
	case keyPayload:
		p.message.Payload = []byte(text)
	case keyBase64:
		p.message.Payload, err = base64.StdEncoding.Strict().DecodeString(text)
	}
	return err
}

// parseTime refuses what Unix nanoseconds can't hold: years before 1678 and after 2261.
func parseTime(text string) (int64, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, err
	}
	if n := t.UnixNano(); time.Unix(0, n).Equal(t) {
		return n, nil
	}
	return 0, errors.New("out of range")
}

// headerOf is nil where there is nothing to hold.
func (d *Decoder) headerOf(contentType string, attributes json.RawMessage) (*core.Header, error) {
	if d.header != nil && contentType == d.contentType && bytes.Equal(attributes, d.raw) {
		return d.header, nil
	}
	var list []core.Attribute
	seen := make(map[string]bool)
	if attributes != nil {
		err := eachMember(attributes, func(name string, values *json.Decoder) error {
			var value *string
			if err := values.Decode(&value); err != nil || value == nil || seen[name] {
				return errors.New("attributes are not an object of strings, each name once")
			}
			seen[name] = true
			list = append(list, core.Attribute{Name: name, Value: *value})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("attributes: %w", err)
		}
	}
	if contentType == "" && list == nil {
		return nil, nil
	}
	h := &core.Header{ContentType: contentType, Attributes: core.NewAttributes(list...)}
	if checkHeader(h) != nil {
		return nil, errors.New("an attribute or the content type is not allowed")
	}
	d.raw, d.contentType, d.header = append(d.raw[:0], attributes...), contentType, h
	return h, nil
}

// hasLoneSurrogate finds an escaped half of a UTF-16 surrogate pair without its other half, which encoding/json would
// replace and not report.
func hasLoneSurrogate(line []byte) bool {
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		unit := escapedUnit(line[i:])
		i++ // the character after the backslash
		switch {
		case unit&0xfc00 == 0xd800 && escapedUnit(line[min(i+5, len(line)):])&0xfc00 == 0xdc00:
			i += 10
		case unit&0xf800 == 0xd800:
			return true
		}
	}
	return false
}

// escapedUnit is the UTF-16 code unit of the \uXXXX that text begins with, 0 where it does not.
func escapedUnit(text []byte) uint16 {
	var unit [2]byte
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	if _, err := hex.Decode(unit[:], text[2:6]); err != nil {
		return 0
	}
	return uint16(unit[0])<<8 | uint16(unit[1])
}
