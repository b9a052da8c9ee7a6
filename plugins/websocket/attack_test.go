package websocket

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// quick makes the deadlines short enough to wait for.
func quick(_ *sdk.Instance, l *limits) {
	l.handshake, l.message = 300*time.Millisecond, 300*time.Millisecond
	l.stall, l.grace = 300*time.Millisecond, 100*time.Millisecond
}

// claim is a masked binary frame's header that claims a length of 8 bytes.
func claim(length uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte{finBinary, 0x80 | 127}, length)) + "\x00\x00\x00\x00"
}

// fault: B4 B5 B7 B8
func TestFramesThatBreakTheProtocolEndTheConnection(t *testing.T) {
	const limit = 1000
	long := strings.Repeat("x", limit+1)
	tests := []struct {
		name, frames string
		want         int
	}{
		{"length with the top bit set", claim(1 << 63), 1002},
		{"whole message over the limit", frame(finBinary, long), 1009},
		{"fragmented message over the limit", frame(0x02, long[:600]) + frame(0x00, long[600:900]) + frame(0x80, long[900:]), 1009},
		{"unmasked frame", "\x81\x02hi", 1002},
		{"reserved bit 1", frame(finText|0x40, "hi"), 1002},
		{"reserved bit 3", frame(finText|0x10, "hi"), 1002},
		{"reserved data opcode", frame(0x83, "hi"), 1002},
		{"reserved control opcode", frame(0x8b, "hi"), 1002},
		{"continuation of nothing", frame(0x80, "hi"), 1002},
		{"new message inside another", frame(0x01, "a") + frame(finText, "b"), 1002},
		{"fragmented ping", frame(0x09, "hi"), 1002},
		{"ping of 126 bytes", frame(finPing, long[:126]), 1002},
		{"close payload of one byte", frame(finClose, "\x03"), 1002},
		{"close code 999", frame(finClose, "\x03\xe7"), 1002},
		{"close code 1005", frame(finClose, "\x03\xed"), 1002},
		{"close code 1006", frame(finClose, "\x03\xee"), 1002},
		{"close code 2000", frame(finClose, "\x07\xd0"), 1002},
		{"close code 5000", frame(finClose, "\x13\x88"), 1002},
		{"text that is not UTF-8", frame(finText, "a\xff"), 1007},
		{"bad UTF-8 over two fragments", frame(0x01, "\xe2\x82") + frame(0x80, "\xac\xe2"), 1007},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := defaults()
			config.MaxMessage = limit
			s := serve(t, config, quick)
			c := s.raw(t)
			_, _ = io.WriteString(c, test.frames)
			if got := c.closeCode(t); got != test.want {
				t.Errorf("close code %d, want %d", got, test.want)
			}
			if !c.ended() {
				t.Error("the TCP connection was left open")
			}
			eventually(t, "the slot is free", func() bool { return s.slots.Load() == 0 })
			if n := len(s.received); n > 0 {
				t.Errorf("%d messages reached the hub", n)
			}
		})
	}
}

// fault: B5 B8
func TestMessagesAtTheLimitAndSplitCharactersPass(t *testing.T) {
	config := defaults()
	config.MaxMessage = 1000
	s := serve(t, config)
	c := s.raw(t)
	exact := strings.Repeat("y", 1000)
	_, _ = io.WriteString(c, frame(finBinary, exact)+
		frame(0x02, exact[:400])+frame(finPing, "between")+frame(0x80, exact[400:])+
		frame(0x01, "\xe2\x82")+frame(0x80, "\xac"))
	for i, want := range []string{exact, exact, "€"} {
		if got := string(s.next(t).Payload); got != want {
			t.Errorf("message %d is %.20q, want %.20q", i, got, want)
		}
	}
	if first, payload, err := c.frame(); err != nil || first != 0x8a || payload != "between" {
		t.Errorf("the ping was answered by %#x %q, %v", first, payload, err)
	}
}

// fault: B4
func TestAClaimedLengthAllocatesNothing(t *testing.T) {
	s := serve(t, defaults(), quick)
	for range 64 {
		_, _ = io.WriteString(s.raw(t), claim(1<<62)+"x")
	}
	eventually(t, "all are cut at the message deadline", func() bool { return s.slots.Load() == 0 })
}

// fault: B4 B7
func TestAMessageWhoseEndNeverCameIsNotForwarded(t *testing.T) {
	for name, begun := range map[string]string{
		"a frame without its payload":      claim(1 << 62),
		"a frame without part of it":       frame(finText, strings.Repeat("x", 2*scratchStart))[:8+scratchStart],
		"a fragment without the next":      frame(0x01, "pay 10"),
		"a fragment and half a next frame": frame(0x01, "pay 10") + frame(0x80, "00")[:6],
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, defaults())
			c := s.raw(t)
			_, _ = io.WriteString(c, frame(finText, "whole")+begun)
			if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if !c.ended() {
				t.Error("the TCP connection was left open")
			}
			eventually(t, "the slot is free", func() bool { return s.slots.Load() == 0 })
			if got := string(s.next(t).Payload); got != "whole" {
				t.Errorf("%.20q reached the hub", got)
			}
			if n := len(s.received); n > 0 {
				t.Errorf("%.20q reached the hub", s.next(t).Payload)
			}
		})
	}
}

// fault: B6 B9
func TestWhatNeverEndsIsCutAtTheMessageDeadline(t *testing.T) {
	tests := []struct {
		name        string
		first, next string
	}{
		{"empty continuation frames", frame(0x01, ""), strings.Repeat(frame(0x00, ""), 100)},
		{"a byte at a time", frame(finText, "a long text")[:7], "y"},
		{"half a frame header", "\x81", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, defaults(), quick)
			c := s.raw(t)
			_, _ = io.WriteString(c, test.first)
			drip := time.NewTicker(100 * time.Millisecond)
			defer drip.Stop()
			code := make(chan int, 1)
			go func() { code <- c.closeCode(t) }()
			for {
				select {
				case got := <-code:
					if got != int(websocket.StatusPolicyViolation) {
						t.Errorf("close code %d, want 1008", got)
					}
					return
				case <-drip.C:
					_, _ = io.WriteString(c, test.next)
				}
			}
		})
	}
}

// fault: B6
func TestAPingFloodIsCut(t *testing.T) {
	s := serve(t, defaults(), quick)
	c := s.raw(t)
	_, _ = io.WriteString(c, strings.Repeat(frame(finPing, "x"), 10))
	for range 10 {
		if first, _, err := c.frame(); err != nil || first != 0x8a {
			t.Fatalf("ping within the budget: answer %#x, %v", first, err)
		}
	}
	_, _ = io.WriteString(c, strings.Repeat(frame(finPing, "x"), 100))
	if got := c.closeCode(t); got != 1008 {
		t.Errorf("close code %d, want 1008", got)
	}
}

// fault: B9
func TestASlowHandshakeIsCut(t *testing.T) {
	s := serve(t, defaults(), quick)
	began := time.Now() // the server's clock for the handshake starts when it accepts, which may be before Dial returns
	c, err := net.Dial("tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(c, shake("/browsers")[:60])
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("the server did not close: %v", err)
	}
	if took := time.Since(began); took < s.limits.handshake {
		t.Errorf("cut after %v, before its time", took)
	}
}

// parity: K15 Z25
func TestASilentClientIsCutAndOneThatAnswersPingsIsNot(t *testing.T) {
	config := defaults()
	config.IdleTimeout, config.PingInterval = 400*time.Millisecond, 100*time.Millisecond
	s := serve(t, config, quick)
	alive := s.dial(t, nil)
	ctx := alive.CloseRead(within(t)) // reads, so that pings are answered
	silent := s.raw(t)
	if got := silent.closeCode(t); got != 1001 {
		t.Errorf("close code %d, want 1001", got)
	}
	if ctx.Err() != nil {
		t.Error("the client that answers was cut")
	}
}

// fault: B14
func TestClientsSetNoAttribute(t *testing.T) {
	s := serve(t, defaults())
	c := s.dial(t, &websocket.DialOptions{HTTPHeader: map[string][]string{
		"Conn": {"other"}, "Source": {"other"}, "User": {"root"}, "To": {"all"}, "Hops": {"0"},
	}})
	write(t, c, websocket.MessageText, `{"source":"other","conn":"other","to":"all","hops":0}`)
	m := s.next(t)
	if m.Attribute("conn") != "browsers-7.1" {
		t.Errorf("conn is %q", m.Attribute("conn"))
	}
	for _, name := range []string{"source", "user", "to", "hops", "id"} {
		if value := m.Attribute(name); value != "" {
			t.Errorf("attribute %s is %q", name, value)
		}
	}
}

// FuzzConnection: whatever a client sends, its connection ends, its slot is free again, and no text that is not UTF-8
// reaches the hub.
// fault: B4 B6 B7 B8
func FuzzConnection(f *testing.F) {
	f.Add([]byte(frame(finText, "hello") + frame(finClose, "\x03\xe8bye")))
	f.Add([]byte(frame(0x01, "a") + frame(finPing, "") + frame(0x80, "\xff")))
	f.Add([]byte(claim(1<<63) + strings.Repeat("x", 5000)))
	f.Add([]byte(frame(finBinary, strings.Repeat("y", 2000)) + frame(0x8f, "")))
	config := defaults()
	config.MaxMessage = 1500
	s := serve(f, config, quick)
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := s.raw(t)
		_, _ = c.Write(sent)
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		if !c.ended() {
			t.Fatal("the connection did not end")
		}
		eventually(t, "its slot is free", func() bool { return s.slots.Load() == 0 })
		for len(s.received) > 0 {
			m := <-s.received
			if len(m.Payload) > 1500 || m.Attribute("kind") == "text" && !utf8.Valid(m.Payload) {
				t.Fatalf("%x reached the hub as %s", m.Payload, m.Attribute("kind"))
			}
		}
	})
}
