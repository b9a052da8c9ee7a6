package routes

import (
	"strings"
	"testing"
	"time"
)

func TestRequestsNeedAWayBack(t *testing.T) {
	list, ps := parse(t, "a: [{to: b, reply-timeout: 30s}]\nc: [{to: b, reply-timeout: 1m}]\nb: [a]\n")
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	if got := list[0].Outlets[0].ReplyTimeout; got != 30*time.Second {
		t.Errorf("reply-timeout %v", got)
	}
	got := CheckNames(list, []End{{Name: "a"}, {Name: "b"}, {Name: "c"}}).Error()
	want := `f:2:28: warning: reply-timeout: no route leads back to c, so that no reply reaches who asked: a route from where ` +
		`the replies come in to c is missing`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !Asks(list, "a") || !Asks(list, "c") || Asks(list, "b") || Asks(list, "d") {
		t.Error("who asks is not told right")
	}
	served := Served{Inbound: "a", Outlet: list[0].Outlets[0]}
	if text := served.Plain(); !strings.HasSuffix(text, "; a reply within 30s goes to who asked") {
		t.Errorf("in words: %s", text)
	}
	if _, ps := parse(t, "a: [{to: b, reply-timeout: 2h}]"); ps.Error() !=
		`f:1:28: reply-timeout: "2h" is not allowed: a time from 1ms to 1h is wanted, such as 20s` {
		t.Errorf("got %v", ps)
	}
}
