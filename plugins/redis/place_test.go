package redis

import (
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestPlacesOfPatternsAndTemplates(t *testing.T) {
	for _, c := range []struct{ pattern, template, want string }{
		{pattern: "news.*", want: "news.*"},
		{pattern: "*", want: "*"},
		{pattern: "h?llo", want: "h*llo"},
		{pattern: "h[ae]llo", want: "h*llo"},
		{pattern: `h[^\]]llo`, want: "h*llo"},
		{pattern: `h\*llo`, want: "h%2Allo"},
		{pattern: "h[llo", want: "h*"},
		{pattern: `h\`, want: "h%5C"},
		{pattern: "grüß/dich", want: "gr%C3%BC%C3%9F%2Fdich"},
		{template: "orders.{conn}", want: "orders.*"},
		{template: "{room}.{user}*", want: "*.*%2A"},
	} {
		claims := (&config{Host: "h", Port: 1, Pattern: c.pattern, Channel: c.template}).Claims(sdk.Setting{})
		got := append(claims.HearsFrom, claims.SpeaksTo...)
		if len(got) != 1 || got[0] != "redis://h:1/"+c.want {
			t.Errorf("%q %q: %v, want %s", c.pattern, c.template, got, c.want)
		}
	}
}
