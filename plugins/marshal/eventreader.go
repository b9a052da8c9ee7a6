package marshal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// eventReader takes a CloudEvent apart. What the reader within writes is the value of `data` in the end.
type eventReader struct {
	jsonReader
	seen       keySet
	hasData    bool
	attributes []sdk.Attribute
	// missing are the members that an event must have and that were not found yet.
	missing []string
}

var (
	errNoEvent   = errors.New("no CloudEvent: a JSON object is one")
	errData      = errors.New("data and data_base64 in one event")
	errBase64    = errors.New("not base64 (RFC 4648 section 4)")
	errEmpty     = errors.New("empty, which it must not be")
	errVersion   = errors.New("not version 1.0 of CloudEvents")
	errAttribute = errors.New("an attribute that is neither text, whole number nor boolean")
)

// Unmarshal takes an event apart: its data becomes the payload, its extension attributes the header's.
func (e cloudEvents) Unmarshal(m sdk.Message) (sdk.Message, error) {
	r := eventReader{missing: []string{"specversion", "id", "source", "type"}}
	r.text, r.out = m.Payload, make([]byte, 0, len(m.Payload))
	if err := r.event(); err != nil {
		return m, withPath(err)
	}
	if len(r.missing) > 0 {
		return m, fmt.Errorf("an event without %s", r.missing[0])
	}
	if !r.hasData {
		r.out = append(r.out, simpleNull)
	}
	out := sdk.Message{Payload: r.out}
	if len(r.attributes) > 0 {
		out.Header = &sdk.Header{Attributes: sdk.NewAttributes(r.attributes...)}
	}
	return out, nil
}

func (r *eventReader) event() error {
	r.space()
	if !r.accept('{') {
		return errNoEvent
	}
	r.space()
	for more := !r.accept('}'); more; {
		r.space()
		if err := r.eventMember(); err != nil {
			return err
		}
		r.space()
		if more = r.accept(','); !more && !r.accept('}') {
			return r.unexpected()
		}
	}
	r.space()
	if r.pos < len(r.text) {
		return r.unexpected()
	}
	return nil
}

func (r *eventReader) eventMember() error {
	if r.peek() != '"' {
		return r.unexpected()
	}
	s, err := r.str()
	if err != nil {
		return err
	}
	name := bytes.Clone(s)
	if err := r.seen.add(name); err != nil {
		return inKey(err, name)
	}
	if err := r.colon(); err != nil {
		return inKey(err, name)
	}
	return inKey(r.memberValue(string(name)), name)
}

func (r *eventReader) memberValue(name string) error {
	switch name {
	case "data":
		if r.hasData {
			return errData
		}
		r.hasData = true
		return r.value(1)
	case "data_base64":
		if r.hasData {
			return errData
		}
		r.hasData = true
		return r.bytes()
	}
	value, given, err := r.context()
	switch {
	case err != nil:
		return err
	case name == "specversion" && value != "1.0":
		return errVersion
	case slices.Contains(r.missing, name):
		if value == "" {
			return errEmpty
		}
		r.missing = slices.DeleteFunc(r.missing, func(missing string) bool { return missing == name })
	case given && !slices.Contains(ownMembers, name): // an empty one too: nobody in `to` is not everybody
		r.attributes = append(r.attributes, sdk.Attribute{Name: name, Value: value})
	}
	return nil
}

// bytes reads the value of data_base64.
func (r *eventReader) bytes() error {
	if r.peek() != '"' {
		return errBase64
	}
	s, err := r.str()
	if err != nil {
		return err
	}
	b, err := base64.StdEncoding.Strict().AppendDecode(nil, s)
	if err != nil || bytes.ContainsAny(s, "\r\n") { // which the decoder would pass over
		return errBase64
	}
	r.out = append(appendHead(r.out, majorBytes, uint64(len(b))), b...)
	return nil
}

// context reads the value of a context attribute: a text, a whole number or a boolean. null is none given.
func (r *eventReader) context() (value string, given bool, err error) {
	start := len(r.out)
	if err := r.value(1); err != nil {
		return "", false, err
	}
	item := cborReader{rest: r.out[start:]}
	r.out = r.out[:start]
	major, info, n, err := item.head()
	if err != nil {
		return "", false, err
	}
	switch major {
	case majorText:
		return string(item.rest), true, nil
	case majorUnsigned:
		return strconv.FormatUint(n, 10), true, nil
	case majorNegative:
		return negativeText(n), true, nil
	}
	switch majorSimple<<5 | info {
	case simpleNull:
		return "", false, nil
	case simpleTrue:
		return "true", true, nil
	case simpleFalse:
		return "false", true, nil
	}
	return "", false, errAttribute
}
