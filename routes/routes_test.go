package routes

import (
	"reflect"
	"strings"
	"testing"
	"time"

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
	usual := func(name, to string, place core.Position) Outlet {
		return Outlet{Name: name, To: to, Position: place, Required: true, Queue: Queue{Messages: 1024, Bytes: 8 << 20},
			Retry: Retry{200 * time.Millisecond, 30 * time.Second}, Echo: true}
	}
	second := usual("archive", "archive", at(3, 5))
	second.Delivery, second.Queue, second.Echo = core.ModeLive, Queue{10, 64 << 10, core.OverflowBlock}, false
	second.Places = map[string]core.Position{"to": at(3, 9), "delivery": at(4, 15), "queue": at(5, 12), "echo": at(6, 11)}
	third := usual("second", "archive", at(7, 5))
	third.Places = map[string]core.Position{"to": at(7, 10), "name": at(7, 25)}
	want := []Route{
		{"orders", at(1, 1), []Outlet{usual("browsers", "browsers", at(2, 5)), second, third}},
		{"browsers", at(8, 1), []Outlet{usual("browsers", "browsers", at(9, 5))}},
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
		{"a: [{to: b, ehco: no}]", `f:1:13: unknown key "ehco": did you mean "echo"? allowed: to, name, when, delivery, require, required, queue, retry, order, ttl, on-poison, dead-letter, hold, reply-timeout, echo`},
		{"a: [{to: b, timeout: 5s}]", "f:1:13: `timeout` is a key of the endpoint that the outlet leads to: set it there, under plugins"},
		{"a: [{to: b, delivery: durable}]", "f:1:23: delivery: durable is not available yet: available: auto, live, acked"},
		{"a: [{to: b, require: at-least-twice}]", `f:1:22: require: "at-least-twice" is not allowed: did you mean "at-least-once"? allowed: at-most-once, at-least-once-from-hub, at-least-once`},
		{"a: [{to: b, required: maybe}]", `f:1:23: required: "maybe" is not allowed: true or false is wanted`},
		{"a: [{to: b, order: strikt}]", `f:1:20: order: "strikt" is not allowed: did you mean "strict"? allowed: first-attempt, strict`},
		{"a: [{to: b, ttl: 0s}]", `f:1:18: ttl: "0s" is not allowed: a time from 1ms to 8760h is wanted, such as 20s`},
		{"a: [{to: b, on-poison: blok}]", `f:1:24: on-poison: "blok" is not allowed: did you mean "block"? allowed: block, drop`},
		{"a: [{to: b, retry: {inital: 1s, max: 0s}}]", `f:1:21: unknown key "inital": did you mean "initial"? allowed: initial, max` + "\n" +
			`f:1:38: max: "0s" is not allowed: a time from 1ms to 24h is wanted, such as 20s`},
		{"a: [{to: b, retry: {initial: 2s, max: 1s}}]", `f:1:20: retry: initial 2s is more than max 1s: the pause grows from ` + "`initial` to `max`"},
		{"a: [{to: b, hold: {messages: 0, age: 25h, size: 1}}]", `f:1:30: messages: "0" is not allowed: a whole number from 1 to 1000000 is wanted` + "\n" +
			`f:1:38: age: "25h" is not allowed: a time from 1ms to 24h is wanted, such as 20s` + "\n" +
			`f:1:43: unknown key "size": allowed: messages, age`},
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
f:1:42: warning: in -> out: a full queue holds the source back, but in can't be paused: what comes while the queue is full is lost at the source and shows as a gap
f:2:1: out can't be a source: only an endpoint that brings messages in can begin a route`
	if ps.Error() != want {
		t.Errorf("got %s\nwant %s", ps.Error(), want)
	}
}

func TestPlain(t *testing.T) {
	list, _ := parse(t, "a: [b, {to: a, name: back, delivery: live, echo: false, queue: {messages: 5, overflow: block}}, "+
		"{to: b, name: c, hold: {messages: 3, age: 1m}}, {to: b, name: d, hold: {age: 90s}}, {to: b, name: e, hold: {messages: 7}, queue: {overflow: block}}]")
	ends := map[string]End{"a": {Name: "a", Capabilities: both}, "b": {Name: "b", Capabilities: sink}}
	for i, want := range []string{
		"a -> b: live, at-most-once, ceiling at-most-once, because a acknowledges nothing to its origin, so nothing comes again; b confirms no more than that a message was handed on, which is no proof that the other side has it; up to 1024 messages or 8MiB wait, then the oldest is dropped",
		"a -> a (back): live, at-most-once, ceiling at-most-once, because a acknowledges nothing to its origin, so nothing comes again; a confirms no more than that a message was handed on, which is no proof that the other side has it; up to 5 messages or 8MiB wait, then the source waits; not to the connection it came from",
		"then the oldest is dropped; while b is away up to 3 messages wait, each for up to 1m",
		"then the oldest is dropped; while b is away up to 1024 messages wait, each for up to 1m30s",
		"up to 1024 messages or 8MiB wait, then the source waits",
	} {
		if got := Promises(list, ends)[i].Plain(); !strings.HasSuffix(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

func TestAHoldWithoutEffectIsAWarning(t *testing.T) {
	list, _ := parse(t, "a: [{to: b, hold: {messages: 3}}, {to: b, name: c, hold: {messages: 3}, queue: {overflow: block}}]")
	ps := CheckAbilities(list, []End{{Name: "a", Capabilities: both}, {Name: "b", Capabilities: sink}})
	if want := "warning: hold has no effect: a full queue of a -> b holds the source back: leave it out"; strings.Count(ps.Error(), want) != 1 {
		t.Errorf("got %v", ps)
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
			}
		}
		ends := []End{{Name: "a", Capabilities: both, Marshalling: "x"}, {Name: "b", Capabilities: sink, Marshalling: "y"}}
		CheckNames(list, ends)
		CheckAbilities(list, ends)
		for _, o := range Promises(list, map[string]End{"a": ends[0], "b": ends[1]}) {
			_ = o.Plain()
		}
	})
}
