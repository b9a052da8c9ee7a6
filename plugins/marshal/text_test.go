package marshal

import (
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestTextIsATextBothWays(t *testing.T) {
	for _, text := range []string{"", "a", "é\x00\U00010348", strings.Repeat("x", 70_000)} {
		item, err := decode(textFormat{}, text)
		if err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
		var judged string
		if err := judge.Unmarshal([]byte(item), &judged); err != nil || judged != text {
			t.Errorf("%.20q is %.20q to another hand, %v", text, judged, err)
		}
		m, err := textFormat{}.Marshal(sdk.Message{Payload: []byte(item)})
		if err != nil || string(m.Payload) != text || m.Header.ContentType != "text/plain; charset=utf-8" {
			t.Errorf("%.20q came back as %.20q of %v, %v", text, m.Payload, m.Header, err)
		}
	}
}

func TestWhatIsNoTextIsAnError(t *testing.T) {
	if _, err := decode(textFormat{}, "a\xff"); err == nil {
		t.Error("bytes that are not UTF-8 were taken")
	}
	for _, item := range []string{"", "\x01", "\x41a", "\x80", "\xa0", "\xc1\x01", "\xf6", "\x61", "\x61\xff", "\x61aa", "\x7f\x61a"} {
		if text, err := encode(textFormat{}, item); err == nil {
			t.Errorf("%x is %q", item, text)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("é"))
	f.Fuzz(func(t *testing.T, text []byte) {
		item, err := decode(textFormat{}, string(text))
		if err != nil {
			return
		}
		if back, err := encode(textFormat{}, item); err != nil || back != string(text) {
			t.Fatalf("%q came back as %q, %v", text, back, err)
		}
	})
}
