package routes

import (
	"reflect"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

func parse(t *testing.T, text string) ([]Route, core.Problems) {
	t.Helper()
	doc, ps := document.Parse("f", []byte(text))
	if ps.Failed() {
		t.Fatal(ps)
	}
	return Parse(doc.Root())
}

// parity: A3 A5
func TestBothFormsOfOutlets(t *testing.T) {
	list, ps := parse(t, `orders:
  - browsers
  - to: archive
    delivery: live
    queue: {messages: 10, bytes: 64KiB, overflow: block}
    echo: false
  - {to: archive, name: second}
browsers:
  - browsers
`)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	at := func(line, column int) core.Position { return core.Position{File: "f", Line: line, Column: column} }
	usual := Queue{Messages: 1024, Bytes: 8 << 20}
	want := []Route{
		{"orders", at(1, 1), []Outlet{
			{"browsers", "browsers", at(2, 5), nil, core.ModeAuto, usual, true},
			{"archive", "archive", at(3, 5), nil, core.ModeLive, Queue{10, 64 << 10, core.OverflowBlock}, false},
			{"second", "archive", at(7, 5), nil, core.ModeAuto, usual, true},
		}},
		{"browsers", at(8, 1), []Outlet{{"browsers", "browsers", at(9, 5), nil, core.ModeAuto, usual, true}}},
	}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v\nwant %+v", list, want)
	}
}

// fault: B15
func TestWhatIsWrongInRoutesIsTold(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{}", "f:1:1: warning: there are no routes: nothing will be relayed: a route is the name of an endpoint and a list of endpoints below it"},
		{"- a", "f:1:1: routes is a list, not a mapping: write it as `key: value` lines"},
		{"a:", "f:1:1: route a has no outlets: list the endpoints that get its messages below it as `- NAME`, or remove it"},
		{"a: []", "f:1:1: route a has no outlets: list the endpoints that get its messages below it as `- NAME`, or remove it"},
		{"a: b", "f:1:4: route a is \"b\", not a list: write it as lines that begin with `- `"},
		{"a:\n -\n - b", "f:2:3: route a has an outlet without a name: write an endpoint's name behind the dash"},
		{"a: [[b]]", "f:1:5: an outlet of route a is a list, not a mapping: write it as `key: value` lines\n" +
			"f:1:5: an outlet of route a has no `to`: `to:` names the endpoint that gets the messages"},
		{"a: [{name: b}]", "f:1:5: an outlet of route a has no `to`: `to:` names the endpoint that gets the messages"},
		{"a: [b, c, b]", "f:1:11: route a has two outlets b, the first in line 1: give one of them a `name:` of its own, or remove it"},
		{"a: [{to: b, name: c/d}]", `f:1:19: name: "c/d" is not allowed: a name is 1 to 64 of the characters A-Z a-z 0-9 . _ -`},
		{"a: [{to: b, ehco: no}]", `f:1:13: unknown key "ehco": did you mean "echo"? allowed: to, name, when, delivery, queue, echo`},
		{"a: [{to: b, ttl: 5s}]", "f:1:13: `ttl` is not available yet: available: to, name, when, delivery, queue, echo"},
		{"a: [{to: b, delivery: acked}]", "f:1:23: delivery: acked is not available yet: available: auto, live"},
		{"a: [{to: b, delivery: lively}]", `f:1:23: delivery: "lively" is not allowed: did you mean "live"? allowed: auto, live, acked, durable`},
		{"a: [{to: b, queue: {mesages: 1}}]", `f:1:21: unknown key "mesages": did you mean "messages"? allowed: messages, bytes, overflow`},
		{"a: [{to: b, queue: {messages: 0, bytes: 1, overflow: drop}}]",
			`f:1:31: messages: "0" is not allowed: a whole number from 1 to 1000000 is wanted` + "\n" +
				`f:1:41: bytes: "1" is not allowed: a size from 1KiB to 1GiB is wanted, such as 64KiB` + "\n" +
				`f:1:54: overflow: "drop" is not allowed: allowed: block, drop-oldest, drop-newest`},
		{"a: [{to: b, queue: 5}]", "f:1:20: queue is \"5\", not a mapping: write it as `key: value` lines"},
		{"a: [{to: b, to: c}]", `f:1:13: key "to" stands twice, first in line 1: remove one`},
	} {
		if _, ps := parse(t, c.text); ps.Error() != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, ps.Error(), c.want)
		}
	}
}

var (
	both   = core.Capabilities{Inbound: &core.Inbound{Pausable: true}, Outbound: &core.Outbound{}}
	source = core.Capabilities{Inbound: &core.Inbound{}}
	sink   = core.Capabilities{Outbound: &core.Outbound{}}
)

// parity: A4
// fault: B16
func TestEndsMustBeEndpoints(t *testing.T) {
	list, _ := parse(t, "news: [browsers, brwsers]\nnwes: [news]\n")
	ps := CheckNames(list, []End{{Name: "news"}, {Name: "browsers"}})
	want := `f:1:18: route news leads to brwsers, which is no endpoint: did you mean "browsers"? endpoints: browsers, news
f:2:1: route nwes begins at no endpoint: did you mean "news"? endpoints: browsers, news`
	if ps.Error() != want {
		t.Errorf("got %s\nwant %s", ps.Error(), want)
	}
}

func TestEndsMustBeAbleToDoIt(t *testing.T) {
	list, _ := parse(t, "in: [out, in, {to: out, name: o2, queue: {overflow: block}}]\nout: [both]\nboth: [{to: both, queue: {overflow: block}}]\nlost: [lost]\n")
	ps := CheckAbilities(list, []End{{Name: "in", Capabilities: source}, {Name: "out", Capabilities: sink},
		{Name: "both", Capabilities: both}})
	want := `f:1:11: in can't be a target: only an endpoint that takes messages out can end a route
f:1:15: warning: overflow: block, but in can't be paused: what comes while the queue is full is lost at the source and shows as a gap
f:2:1: out can't be a source: only an endpoint that brings messages in can begin a route`
	if ps.Error() != want {
		t.Errorf("got %s\nwant %s", ps.Error(), want)
	}
}

func TestPlain(t *testing.T) {
	list, _ := parse(t, "a: [b, {to: a, name: back, delivery: live, echo: false, queue: {messages: 5, overflow: block}}]")
	for i, want := range []string{
		"a -> b: live, at most once (auto, and no other mode is available yet); up to 1024 messages or 8MiB wait, then the oldest is dropped",
		"a -> a (back): live, at most once (the file says so); up to 5 messages or 8MiB wait, then the source waits; not to the connection it came from",
	} {
		if got := list[0].Plain(list[0].Outlets[i]); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

// A file of nothing but wrong names must not take the time of comparing each with each.
func TestManyWrongNames(t *testing.T) {
	list, _ := parse(t, "a: ["+strings.Repeat("wrongname,", document.MaxBytes/20)+"]")
	ends := make([]End, 20_000)
	for i := range ends {
		ends[i].Name = "wrongnames"
	}
	if ps := CheckNames(list, ends); len(ps) < 10_000 {
		t.Errorf("%d problems", len(ps))
	}
}

func FuzzRoutes(f *testing.F) {
	f.Add("a: [b, {to: c, name: d, queue: {messages: 1, bytes: 1MiB, overflow: block}, echo: false}]")
	f.Add("a:\nb: x\nc: [[]]\n")
	f.Add("a: [{to: b, when: 'data.x.exists(i, i > 1) && attributes.a == source'}]")
	f.Add("a:\n- to: b\n  when: |\n    data.x ==\n      1 +\n")
	f.Fuzz(func(t *testing.T, text string) {
		doc, ps := document.Parse("f", []byte(text))
		if ps.Failed() {
			return
		}
		list, _ := Parse(doc.Root())
		for _, route := range list {
			for _, o := range route.Outlets {
				if o.To == "" || o.Name == "" || o.Queue.Messages < 1 || o.Queue.Bytes < 1 {
					t.Fatalf("unusable %+v", o)
				}
				_ = route.Plain(o)
			}
		}
		ends := []End{{Name: "a", Capabilities: both, Marshalling: "x"}, {Name: "b", Capabilities: sink, Marshalling: "y"}}
		CheckNames(list, ends)
		CheckAbilities(list, ends)
	})
}
