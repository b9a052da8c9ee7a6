package websocket

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// FuzzBurst: what the frame writer makes is what a reader of RFC 6455 gets.
func FuzzBurst(f *testing.F) {
	f.Add([]byte("a"), []byte{}, "text")
	f.Add([]byte{0xff}, bytes.Repeat([]byte("x"), 126), "binary")
	f.Add(bytes.Repeat([]byte("x"), 1<<16), []byte("b"), "")
	f.Fuzz(func(t *testing.T, one, two []byte, kind string) {
		header := &sdk.Header{Attributes: core.NewAttributes(sdk.Attribute{Name: "kind", Value: kind})}
		messages := []sdk.Message{{Payload: one, Header: header}, {Payload: two}}
		b := newBurst(messages, FramesAuto)
		r := &raw{from: bufio.NewReader(bytes.NewReader(b.data))}
		for i, m := range messages {
			first, payload, err := r.frame()
			if err != nil || payload != string(m.Payload) {
				t.Fatalf("message %d: %q, %v", i, payload, err)
			}
			if first != finText && first != finBinary || first == finText && !utf8.ValidString(payload) {
				t.Fatalf("message %d begins with %#x", i, first)
			}
		}
		if b.size(0, 1)+b.size(1, 2) != len(b.data) || b.start(1) != b.ends[0] {
			t.Fatal("the ends are wrong")
		}
	})
}

// FuzzHoldsMessage: it never claims a message that is not there.
// fault: B4
func FuzzHoldsMessage(f *testing.F) {
	f.Add([]byte(frame(finText, "hello")))
	f.Add([]byte(claim(1 << 63)))
	f.Add([]byte("\x81\xfe\xff\xff\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, buffered []byte) {
		if !holdsMessage(buffered) {
			return
		}
		// Read as a server's frame, without the mask bit, the payload begins with the mask and lacks its last 4 bytes.
		plain := append([]byte{buffered[0], buffered[1] & 0x7f}, buffered[2:]...)
		r := &raw{from: bufio.NewReader(bytes.NewReader(plain))}
		_, payload, err := r.frame()
		if rest, _ := io.ReadAll(r.from); err != nil || len(rest) < 4 {
			t.Fatalf("%x: %q, %v", buffered, payload, err)
		}
	})
}

// FuzzParseTo: no list of recipients is too strange, and none grows without bound.
func FuzzParseTo(f *testing.F) {
	for _, s := range []string{"", "all", "conn:a", "conn:a,conn:a, conn:b", "room:x,,", strings.Repeat("conn:a,", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := parseTo(text)
		if len(r.ids)+r.unknown > maxRecipients+1 {
			t.Fatalf("%d recipients", len(r.ids))
		}
		seen := make(map[string]bool)
		for _, id := range r.ids {
			if id == "" || seen[id] || strings.Contains(id, ",") {
				t.Fatalf("id %q of %q", id, text)
			}
			seen[id] = true
		}
	})
}

// FuzzOrigin: a pattern without * lets in what is spelled like it, and nothing with another host.
// fault: B1
func FuzzOrigin(f *testing.F) {
	f.Add("https://a.example", "https://a.example")
	f.Add("https://*.example:*", "https://b.a.example:1")
	f.Add("*://*:*", "null")
	f.Add("http://[::1]:80", "http://[::1]")
	f.Fuzz(func(t *testing.T, patternText, header string) {
		pattern, err := parsePattern(patternText)
		from, ok := parseOrigin(header)
		if err != nil || !ok {
			return
		}
		if pattern.matches(from) && !strings.Contains(pattern.host, "*") && pattern.host != from.host {
			t.Fatalf("%q lets %q in", patternText, header)
		}
		r := &http.Request{Host: "other.invalid", Header: http.Header{"Origin": {header}}}
		if originAllowed(r, []origin{pattern}) != (pattern.matches(from) || sameHost(r, from)) {
			t.Fatalf("%q and %q: the request is judged otherwise than its origin", patternText, header)
		}
	})
}

func TestCloseFramesAreWhole(t *testing.T) {
	f := closeFrame(1013, strings.Repeat("r", 200))
	if len(f) != 127 || !bytes.HasPrefix(f, []byte{finClose, 125, 0x03, 0xf5, 'r'}) {
		t.Errorf("frame %x", f)
	}
}
