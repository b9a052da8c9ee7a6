package redis

import (
	"net/url"
	"strings"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Claims says where the endpoint hears and speaks. Channels are the same in all databases of a server, so the database
// is no part of the place. In the places of a pattern and a template, `*` stands for what they leave open.
func (c *config) Claims(s sdk.Setting) sdk.Claims {
	t, _ := parseTarget(c)
	if c.Stream != "" {
		return c.claims(&t, s.Name)
	}
	if c.Pattern != "" {
		return sdk.Claims{HearsFrom: []string{t.server() + patternPlace(c.Pattern)}}
	}
	if templated(c.Channel) {
		if parsed, err := parseTemplate(c.Channel); err == nil {
			return sdk.Claims{SpeaksTo: []string{t.server() + parsed.place()}}
		}
	}
	var places []string
	for _, name := range c.names() {
		places = append(places, t.server()+url.PathEscape(name))
	}
	return sdk.Claims{SpeaksTo: places, HearsFrom: places}
}

// server begins the places of a server. An embedded one is a Redis for others too.
func (t *target) server() string {
	if t.embedded {
		return "redis://" + t.address + "/"
	}
	return t.String() + "/"
}

// patternPlace is a glob pattern of Redis as a place: `?` and `[...]` are taken for any characters too.
func patternPlace(pattern string) string {
	var place strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if i+1 < len(pattern) {
				i++
			}
			place.WriteString(url.PathEscape(pattern[i : i+1]))
		case '*', '?':
			place.WriteByte('*')
		case '[':
			place.WriteByte('*')
			i += classLength(pattern[i:]) - 1
		default:
			place.WriteString(url.PathEscape(pattern[i : i+1]))
		}
	}
	return place.String()
}

// classLength is the length of the [...] that a pattern begins with, as Redis reads it: an open one goes to the end.
func classLength(pattern string) int {
	for i := 1; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case ']':
			return i + 1
		}
	}
	return len(pattern)
}

// place is the template with `*` for each attribute.
func (t *template) place() string {
	var place strings.Builder
	for _, p := range t.parts {
		if p.name != "" {
			place.WriteByte('*')
		} else {
			place.WriteString(url.PathEscape(p.literal))
		}
	}
	return place.String()
}
