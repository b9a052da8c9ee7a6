package redis

import (
	"errors"
	"fmt"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// maxValue is the longest value of an attribute that becomes part of a channel, bytes.
const maxValue = 128

// template is a channel in which {name} stands for an attribute of each message.
type template struct {
	text  string
	parts []part
}

// part is a literal or, where name is given, an attribute.
type part struct{ literal, name string }

// templated reports whether a channel is a template.
func templated(channel string) bool { return strings.ContainsAny(channel, "{}") }

// parseTemplate reads a template. The error names the character, counted from 1, at which it is wrong.
func parseTemplate(text string) (*template, error) {
	t := &template{text: text}
	for at := 0; at < len(text); {
		open := strings.IndexAny(text[at:], "{}")
		if open != 0 {
			end := len(text)
			if open > 0 {
				end = at + open
			}
			t.parts = append(t.parts, part{literal: text[at:end]})
			at = end
			continue
		}
		if text[at] == '}' {
			return nil, fmt.Errorf("the } at character %d closes nothing", character(text, at))
		}
		length := strings.IndexAny(text[at+1:], "{}")
		if length < 0 || text[at+1+length] != '}' {
			return nil, fmt.Errorf("the { at character %d is not closed", character(text, at))
		}
		name := text[at+1 : at+1+length]
		if err := checkPlaceholder(name); err != nil {
			return nil, fmt.Errorf("at character %d: %w", character(text, at), err)
		}
		t.parts = append(t.parts, part{name: name})
		at += length + 2
	}
	return t, nil
}

func character(text string, at int) int { return len([]rune(text[:at])) + 1 }

// checkPlaceholder finds what can be no attribute of a message.
func checkPlaceholder(name string) error {
	switch name {
	case "":
		return errors.New("{} names no attribute")
	case "id", "source", "time":
		return fmt.Errorf("{%s} is no attribute: a message's id, source and time stand beside its attributes", name)
	}
	return core.CheckAttribute(sdk.Attribute{Name: name})
}

// longest is how long a channel of the template can get, bytes.
func (t *template) longest() int {
	sum := 0
	for _, p := range t.parts {
		sum += len(p.literal)
		if p.name != "" {
			sum += maxValue
		}
	}
	return sum
}

// channel adds the channel of a message to dst. An attribute that is missing or could lead into another channel than
// the template means is an error that names it, never its value.
func (t *template) channel(dst []byte, m *sdk.Message) ([]byte, error) {
	for _, p := range t.parts {
		dst = append(dst, p.literal...)
		if p.name == "" {
			continue
		}
		value := m.Attribute(p.name)
		if wrong := unfit(p.name, value); wrong != "" {
			return dst, fmt.Errorf("channel %s: attribute %s %s", t.text, p.name, wrong)
		}
		dst = append(dst, value...)
	}
	return dst, nil
}

// unfit says why a value may not be part of a channel, empty if it may. Letters, digits, _ and - are what no separator,
// pattern or control character is made of. A connection's id, which its endpoint makes and no client can choose, holds
// a full stop: browsers-3.1.
func unfit(name, value string) string {
	switch {
	case value == "":
		return "is missing or empty"
	case len(value) > maxValue:
		return fmt.Sprintf("is %d bytes long, at most %d may stand in a channel", len(value), maxValue)
	}
	for i := range len(value) {
		c := value[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if letter || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' && name == "conn" {
			continue
		}
		return fmt.Sprintf("holds %q, only letters, digits, _ and - may stand in a channel", rune(c))
	}
	return ""
}
