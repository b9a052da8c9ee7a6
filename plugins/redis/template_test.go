package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// addressed is a message with attributes, given as name=value.
func addressed(payload string, pairs ...string) sdk.Message {
	var list []sdk.Attribute
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		list = append(list, sdk.Attribute{Name: name, Value: value})
	}
	return sdk.Message{Payload: []byte(payload), Header: &sdk.Header{Attributes: sdk.NewAttributes(list...)}}
}

func TestTemplatesTakeAttributes(t *testing.T) {
	server := startServer(t)
	r := listen(t, config{URL: server.url(), Pattern: "*"})
	r.expect(t, core.EventConnected)
	w := speak(t, config{URL: server.url(), Channel: "é.{room}:{conn}.x"})
	batch := []sdk.Message{
		addressed("1", "room=a", "conn=browsers-3.1"), addressed("2", "room=B_2-b", "conn=browsers-3.2", "other=?"),
		addressed("3", "room=a", "conn=browsers-3.1"),
	}
	if err := w.Send(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	got := r.next(t, 3)
	for i, want := range []string{"é.a:browsers-3.1.x", "é.B_2-b:browsers-3.2.x", "é.a:browsers-3.1.x"} {
		m := got[i]
		if m.Attribute("channel") != want || string(m.Payload) != fmt.Sprint(i+1) {
			t.Errorf("%s came in %s, must be %d in %s", m.Payload, m.Attribute("channel"), i+1, want)
		}
	}
	if n := w.figure(t, "published"); n != 3 {
		t.Errorf("published %d", n)
	}
}

// fault: B13
func TestValuesThatBreakOutOfATemplateArePublishedNowhere(t *testing.T) {
	server := startServer(t)
	r := listen(t, config{URL: server.url(), Pattern: "*"})
	r.expect(t, core.EventConnected)
	w := speak(t, config{URL: server.url(), Channel: "orders.{room}"})
	values := []string{"", "a.b", ".", "..", "../x", "*", "a?", "[a]", "{room}", "a:b", "a b", "a/b", "a\r\nPUBLISH x", "\x00", "é",
		"\xff", "\u202e", strings.Repeat("x", maxValue+1), strings.Repeat("x", 70_000), "browsers-3.1"}
	batch := []sdk.Message{{Payload: []byte("no header")}, addressed("no room", "other=a"), addressed("good", "room=first")}
	for _, value := range values {
		batch = append(batch, addressed("bad", "room="+value))
	}
	batch = append(batch, addressed("good", "room="+strings.Repeat("x", maxValue)))
	var partly *sdk.SendError
	if err := w.Send(context.Background(), batch); !errors.As(err, &partly) {
		t.Fatalf("Send ended with %v", err)
	}
	failed := make(map[int]bool)
	for _, x := range partly.Exceptions {
		for i := range x.Count {
			failed[x.Index+i] = true
		}
		f := x.Failure
		if f.Class != core.FailurePermanent || f.Scope != core.ScopeMessage || f.Attempted != core.AttemptedNo ||
			!strings.Contains(f.Detail, "attribute room") || strings.Contains(f.Detail, "PUBLISH") || len(f.Detail) > 200 {
			t.Errorf("failure %+v", f)
		}
	}
	if len(failed) != len(batch)-2 || failed[2] || failed[len(batch)-1] {
		t.Errorf("failed: %v of %d", failed, len(batch))
	}
	got := r.next(t, 2)
	for i, want := range []string{"orders.first", "orders." + strings.Repeat("x", maxValue)} {
		if have := got[i].Attribute("channel"); have != want || string(got[i].Payload) != "good" {
			t.Errorf("%s came in %s, must be in %s", got[i].Payload, have, want)
		}
	}
	if err := w.Send(context.Background(), batch[:2]); !errors.As(err, &partly) || partly.Exceptions[0].Count != 2 {
		t.Errorf("Send of nothing but bad ones ended with %v", err)
	}
	if err := w.Send(context.Background(), batch[2:3]); err != nil {
		t.Errorf("a good one after them: %v", err)
	}
	if n, more := w.figure(t, "published"), r.next(t, 1); n != 3 || string(more[0].Payload) != "good" {
		t.Errorf("published %d, last came %s", n, more[0].Payload)
	}
}

// A server that answers only when three PUBLISH commands have come.
func TestMessagesToDifferentChannelsGoInOnePipeline(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		published, left := 0, 3
		for lines := bufio.NewScanner(conn); left > 0 && lines.Scan(); {
			switch word := strings.ToLower(lines.Text()); {
			case word == "hello":
				fmt.Fprint(conn, "-ERR unknown command\r\n")
			case word == "ping":
				fmt.Fprint(conn, "+PONG\r\n")
			case word == "publish":
				published++
			case published == 3: // length, channel, length and payload of the last
				if strings.HasPrefix(word, "message") {
					fmt.Fprint(conn, ":1\r\n:1\r\n-ERR no\r\n")
					left = 0
				}
			}
		}
	}()
	w := open(t, config{Port: l.Addr().(*net.TCPAddr).Port, Channel: "{room}"}, sdk.Instance{})
	batch := []sdk.Message{addressed("message 0", "room=a"), addressed("refused", "room=."), addressed("message 1", "room=b"),
		addressed("message 2", "room=c")}
	var partly *sdk.SendError
	if err := w.Send(context.Background(), batch); !errors.As(err, &partly) || len(partly.Exceptions) != 2 {
		t.Fatalf("Send ended with %v", err)
	}
	if x := partly.Exceptions; x[0].Index != 1 || x[0].Count != 1 || x[1].Index != 3 || x[1].Count != 1 {
		t.Errorf("exceptions %+v, want message 1, refused here, and message 3, refused by the server", x)
	}
}

func TestTemplatesThatAreWrong(t *testing.T) {
	for channel, says := range map[string]string{
		"orders.{conn":                      "the { at character 8 is not closed",
		"orders.conn}":                      "the } at character 12 closes nothing",
		"ö.{a}.{b{c}}":                      "the { at character 7 is not closed",
		"orders.{}":                         "at character 8: {} names no attribute",
		"orders.{Conn}":                     "at character 8: attribute name \"Conn\"",
		"{a b}":                             "at character 1: attribute name",
		"x{source}":                         "at character 2: {source} is no attribute",
		strings.Repeat("{a}", 9):            "can become 1152 bytes long",
		"orders\n{a}":                       "can't be used",
		"{" + strings.Repeat("a", 65) + "}": "attribute name of 65 bytes",
	} {
		c := config{Channel: channel}
		found := c.Check(sdk.Setting{})
		if len(found) != 1 || found[0].Path != "/channel" || !strings.Contains(found[0].Summary, says) ||
			found[0].Severity != core.SeverityError || found[0].Detail == "" {
			t.Errorf("%q: found %+v, want %q", channel, found, says)
		}
	}
}

func TestTemplatesAreTargetsOnly(t *testing.T) {
	c := config{Channel: "orders.{conn}"}
	if found := c.Check(sdk.Setting{}); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	if can := c.Capabilities(); can.Inbound != nil || can.Outbound == nil {
		t.Errorf("can %+v", can)
	}
	claims := c.Claims(sdk.Setting{})
	if len(claims.HearsFrom) > 0 || len(claims.SpeaksTo) != 1 {
		t.Errorf("claims %+v", claims)
	}
	literal := config{Channels: []string{"{user}.orders"}}
	if found, can := literal.Check(sdk.Setting{}), literal.Capabilities(); len(found) > 0 || can.Inbound == nil {
		t.Errorf("a channel with braces in its name: %+v, %+v", found, can)
	}
}

// fault: B13
func FuzzTemplate(f *testing.F) {
	f.Add("orders.{room}", "a.b")
	f.Add("{room}{room}", "x")
	f.Add("{", "*")
	f.Fuzz(func(t *testing.T, text, value string) {
		template, err := parseTemplate(text)
		if err != nil {
			return
		}
		m := addressed("", "room="+value)
		channel, err := template.channel(nil, &m)
		if err != nil {
			return
		}
		if want := strings.ReplaceAll(text, "{room}", value); string(channel) != want || len(channel) > template.longest() {
			t.Errorf("%q with %q became %q, must be %q", text, value, channel, want)
		}
		if strings.Contains(text, "{room}") && strings.ContainsAny(value, ".*?[]{}:/\r\n\x00 ") {
			t.Errorf("%q stands in %q", value, channel)
		}
	})
}
