package core_test

import (
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
)

func TestIDsCountInTheirLastEightBytes(t *testing.T) {
	id := core.ID{7: 9, 15: 255}
	if got := id.Add(1).String(); got != "00000000000000090000000000000100" {
		t.Errorf("got %s", got)
	}
	last := core.ID{}
	for i := 8; i < 16; i++ {
		last[i] = 255
	}
	if !last.Add(1).IsZero() {
		t.Errorf("no wrap: %s", last.Add(1))
	}
}

func TestAttributesAreSortedAndTheLastOfANameWins(t *testing.T) {
	as := core.NewAttributes(core.Attribute{Name: "b", Value: "1"}, core.Attribute{Name: "a", Value: "2"}, core.Attribute{Name: "b", Value: "3"})
	if len(as) != 2 || as[0].Name != "a" || as[1].Value != "3" {
		t.Errorf("got %v", as)
	}
	if v, ok := as.Get("b"); !ok || v != "3" {
		t.Errorf("b is %q, %v", v, ok)
	}
	if _, ok := as.Get("c"); ok {
		t.Error("c was found")
	}
}

func TestCheckAttribute(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"conn", "ws-1.2", ""},
		{"", "x", "1 to 64"},
		{strings.Repeat("a", 65), "x", "1 to 64"},
		{"Conn", "x", "a to z"},
		{"a-b", "x", "a to z"},
		{"a", "line\r\n", "control"},
		{"a", "\xff", "UTF-8"},
	} {
		err := core.CheckAttribute(core.Attribute{Name: c.name, Value: c.value})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q=%q: %v, want %q", c.name, c.value, err, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"redis_2", "redis_3", "mock_1", "endpoint-websocket"}
	for name, want := range map[string]string{
		"redis_1": "redis_2", "rdeis_3": "redis_3", "Mock_1": "mock_1", "endpoint-webscoket": "endpoint-websocket",
		"kafka": "", "": "",
	} {
		if got := core.Nearest(name, names); got != want {
			t.Errorf("nearest to %q: %q, want %q", name, got, want)
		}
	}
}

func TestProblemsReadLikeACompilersErrors(t *testing.T) {
	var ps core.Problems
	at := core.Position{File: "araldo.yaml", Line: 19, Column: 3}
	ps.Errorf(at, "declared are redis_2", "no endpoint is named %q", "redis_1")
	ps.Warnf(core.Position{}, "", "nothing uses %q", "json")
	want := "araldo.yaml:19:3: no endpoint is named \"redis_1\": declared are redis_2\nwarning: nothing uses \"json\""
	if ps.Error() != want {
		t.Errorf("got %s", ps.Error())
	}
	if !ps.Failed() || ps[1:].Failed() {
		t.Error("a warning alone is no failure; an error is")
	}
}

func TestEveryEnumValueHasItsName(t *testing.T) {
	seen := map[string]bool{}
	for r := range core.Reason(core.ReasonCount) {
		if name := r.String(); name == "" || seen[name] {
			t.Errorf("reason %d is named %q", r, name)
		} else {
			seen[name] = true
		}
	}
	if core.State(99).String() != core.StateDisabled.String() {
		t.Error("an unknown state must not panic")
	}
}

func TestResidue(t *testing.T) {
	a := core.Account{In: 10, Delivered: 4, Filtered: 1, DeadLettered: 1, Expired: 1, Queued: 1, InFlight: 1}
	a.Dropped[core.ReasonOverflow] = 1
	if a.Residue() != 0 {
		t.Errorf("residue %d", a.Residue())
	}
	a.In++
	if a.Residue() != 1 {
		t.Errorf("residue %d after one more in", a.Residue())
	}
}
