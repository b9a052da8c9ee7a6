package hub_test

import (
	"os"
	"strings"
	"testing"
)

// Requests that wait for their replies outlive reloads: of other routes, of their own outlet and of its time.
//
// parity: W9
// fault: F12
func TestRepliesFindTheirAskersAfterReloads(t *testing.T) {
	b := newBureau(t, "30s")
	before, err := os.ReadFile(b.cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(before)
	clients := b.clients(2)
	for i, change := range []struct{ was, is string }{
		{"  answers:\n", "  loose: [questions]\n  answers:\n"},
		{"reply-timeout: 30s, queue: {overflow: block}", "reply-timeout: 30s"},
		{"reply-timeout: 30s", "reply-timeout: 20s"},
		{"to: browsers, queue: {overflow: block}", "to: browsers"},
	} {
		send(t, clients[0], `{"n":1}`)
		q := b.question()
		if i == 0 {
			text = strings.Replace(text, "routes:\n", "    - {name: loose, id: endpoint-mock, every: 1h}\nroutes:\n", 1)
		}
		text = strings.Replace(text, change.was, change.is, 1)
		b.reloaded(text)
		if got := b.outlet("browsers", "questions").Requests; got == nil || got.Pending != 1 {
			t.Fatalf("with %s: %+v", change.is, got)
		}
		b.answer(correlation(q.Correlation), `{"n":2}`)
		if got := read(t, clients[0]); got != `{"n":2}` {
			t.Errorf("with %s: the asker reads %s", change.is, got)
		}
		if got := b.outlet("browsers", "questions").Requests; got.Answered != uint64(i+1) || got.TimedOut != 0 {
			t.Errorf("with %s: %+v", change.is, got)
		}
	}
	if got := b.outlet("browsers", "questions").Requests; got.Timeout != 20 {
		t.Errorf("%+v", got)
	}
	b.late(0)
	b.answer("", `"all"`)
	if got := read(t, clients[1]); got != `"all"` {
		t.Errorf("the other browser reads %s", got)
	}
}
