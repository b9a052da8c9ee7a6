package routes

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/araldo-relay/araldo/core"
)

// at is an end that speaks and hears at the same places.
func at(name string, places ...string) End {
	return End{Name: name, SpeaksTo: places, HearsFrom: places, Capabilities: both}
}

// parity: A5
func TestCyclesAreTold(t *testing.T) {
	const mend = "break it with a filter (`when`) or separate channels"
	const raw = mend + ", or give each of these endpoints a marshalling with `envelope: cloudevents`: without it no hop count survives"
	counted := mend + "; the envelope counts hops, so each message is dropped after 8 rounds at most"
	still := "let one of the queues drop (`overflow: drop-oldest`), or " + mend
	browsers := End{Name: "browsers", Capabilities: both}
	listen := End{Name: "listen", HearsFrom: []string{"redis://h:1/a*"}, Capabilities: source}
	enveloped := func(e End) End { e.Envelope, e.TrustsHops = true, true; return e }
	for _, c := range []struct {
		name, routes string
		ends         []End
		want         string
	}{
		{"none: nobody hears browsers", "browsers: [browsers, talk]\ntalk: [browsers]", []End{browsers, at("talk", "redis://h:1/t")}, ""},
		{"itself", "talk: [talk]", []End{at("talk", "redis://h:1/t")},
			"f:1:8: warning: messages may go round for ever: talk -> talk: " + raw},
		{"two endpoints at one channel", "a: [b]", []End{at("a", "redis://h:1/t"), at("b", "redis://h:1/t")},
			"f:1:5: warning: messages may go round for ever: a -> b, heard by a: " + raw},
		{"another channel", "a: [b]", []End{at("a", "redis://h:1/t"), at("b", "redis://h:1/u")}, ""},
		{"one of several channels", "a: [b]", []End{at("a", "x:1", "x:2"), at("b", "x:2", "x:3")},
			"f:1:5: warning: messages may go round for ever: a -> b, heard by a: " + raw},
		{"a pattern", "listen: [alpha, beta]", []End{listen, at("alpha", "redis://h:1/alpha"), at("beta", "redis://h:1/beta")},
			"f:1:10: warning: messages may go round for ever: listen -> alpha, heard by listen: " + raw},
		{"a template meets a pattern", "listen: [t]", []End{listen, at("t", "redis://h:1/*.conn")},
			"f:1:10: warning: messages may go round for ever: listen -> t, heard by listen: " + raw},
		{"over two routes", "a: [x, b]\nb: [a]", []End{at("a", "p:a"), at("b", "p:b"), {Name: "x", Capabilities: both}},
			"f:1:8: warning: messages may go round for ever: a -> b -> a: " + raw},
		{"two cycles", "a: [a, b]\nb: [a]", []End{at("a", "p:a"), at("b", "p:b")},
			"f:1:5: warning: messages may go round for ever: a -> a: " + raw + "\n" +
				"f:1:8: warning: messages may go round for ever: a -> b -> a: " + raw},
		{"a filter ends it", "a: [{to: b, when: 'attributes.kind == \"text\"'}]\nb: [a]", []End{at("a", "p:a"), at("b", "p:b")}, ""},
		{"an envelope counts", "a: [b]\nb: [a]", []End{enveloped(at("a", "p:a")), enveloped(at("b", "p:b"))},
			"f:1:5: warning: messages may go round: a -> b -> a: " + counted},
		{"an envelope at one end only", "a: [b]\nb: [a]", []End{enveloped(at("a", "p:a")), at("b", "p:b")},
			"f:1:5: warning: messages may go round for ever: a -> b -> a: " + raw},
		{"an envelope that is not trusted", "a: [a]", []End{{Name: "a", SpeaksTo: []string{"p"}, HearsFrom: []string{"p"}, Envelope: true}},
			"f:1:5: warning: messages may go round for ever: a -> a: " + raw},
		{"blocked outside", "a: [{to: a, queue: {overflow: block}}]", []End{at("a", "redis://h:1/a")},
			"f:1:5: warning: messages may go round for ever: a -> a: " + raw},
		{"blocked in the hub", "a: [{to: b, queue: {overflow: block}}]\nb: [{to: a, queue: {overflow: block}}]",
			[]End{at("a", "hub:a"), at("b", "hub:b")},
			"f:1:5: messages go round within the hub and each outlet waits for the next, so all would stand still: a -> b -> a: " + still},
		{"one gives way", "a: [{to: b, queue: {overflow: block}}]\nb: [a]", []End{at("a", "hub:a"), at("b", "hub:b")},
			"f:1:5: warning: messages may go round for ever: a -> b -> a: " + raw},
		{"an unknown endpoint", "a: [b]\nc: [a]", []End{at("a", "p:a")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, ps := parse(t, c.routes)
			if ps.Failed() {
				t.Fatal(ps)
			}
			if got := CheckCycles(list, c.ends).Error(); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// What a dead letter takes may come back too: where its endpoint is heard, at once or on the way of another route.
//
// parity: A5
func TestDeadLettersThatComeBackAreTold(t *testing.T) {
	const mend = ": name another endpoint as `dead-letter`, or break it with a filter (`when`) or separate channels"
	ends := []End{at("in", "redis://h/in"), at("other", "redis://h/dead"), {Name: "out", Capabilities: both},
		{Name: "all", HearsFrom: []string{"redis://h/*"}, Capabilities: source},
		{Name: "grave", SpeaksTo: []string{"redis://h/dead"}, Capabilities: both}, {Name: "file", Capabilities: both}}
	const outlet = "[{to: out, dead-letter: grave}]"
	for _, c := range []struct{ name, routes, want string }{
		{"a file", "in: [{to: out, dead-letter: file}]", ""},
		{"nobody hears it", "in: " + outlet, ""},
		{"heard elsewhere, and that is the end", "in: " + outlet + "\nother: [out]", ""},
		{"heard by its own source", "all: " + outlet,
			"f:1:30: warning: dead letters may go round for ever: all -> grave (dead letter of out), heard by all"},
		{"over another route", "in: " + outlet + "\nother: [in]",
			"f:1:29: warning: dead letters may go round for ever: in -> grave (dead letter of out), heard by other -> in"},
		{"two dead letters", "in: " + outlet + "\nother: [{to: out, dead-letter: in}]",
			"f:1:29: warning: dead letters may go round for ever: in -> grave (dead letter of out), heard by other -> in (dead letter of out)"},
		{"a filter on the way", "in: " + outlet + "\nother: [{to: in, when: 'attributes.kind == \"text\"'}]", ""},
		{"a filter before it, whose error is a dead letter", "all: [{to: out, when: 'attributes.kind == \"text\"', dead-letter: grave}]",
			"f:1:65: warning: dead letters may go round for ever: all -> grave (dead letter of out), heard by all"},
		{"an unknown endpoint", "in: [{to: out, dead-letter: unknown}]", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, ps := parse(t, c.routes)
			if ps.Failed() {
				t.Fatal(ps)
			}
			want := c.want
			if want != "" {
				want += mend
			}
			if got := CheckCycles(list, ends).Error(); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

// Messages and dead letters are told apart: a way back for messages is not hidden by a shorter one for dead letters.
func TestACycleOfMessagesIsToldBesideOneOfDeadLetters(t *testing.T) {
	list, _ := parse(t, "a: [{to: b, dead-letter: c}]\nb: [a]")
	ps := CheckCycles(list, []End{at("a", "p:a"), at("b", "p:b"), {Name: "c", SpeaksTo: []string{"p:a"}, Capabilities: both}})
	if got := ps.Error(); !strings.Contains(got, "messages may go round for ever: a -> b -> a") ||
		!strings.Contains(got, "dead letters may go round for ever: a -> c (dead letter of b), heard by a") || len(ps) != 2 {
		t.Errorf("got %s", got)
	}
}

// Every outlet on a cycle is told of, up to the limit, and no other; each cycle told of is one.
func TestCyclesAreWhatComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "endpoints")
		place := rapid.SampledFrom([]string{"p:1", "p:2", "p:3", "p:*", "q:1"})
		ends := make([]End, n)
		for i := range ends {
			ends[i] = End{Name: fmt.Sprint("e", i), SpeaksTo: rapid.SliceOfN(place, 0, 2).Draw(t, "speaks"),
				HearsFrom: rapid.SliceOfN(place, 0, 2).Draw(t, "hears")}
		}
		var list []Route
		for i := range ends {
			route := Route{Inbound: ends[i].Name}
			for _, to := range rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, 3, rapid.ID[int]).Draw(t, "outlets") {
				route.Outlets = append(route.Outlets, Outlet{Name: ends[to].Name, To: ends[to].Name,
					Position: core.Position{File: "f", Line: i + 1, Column: to + 1}})
			}
			list = append(list, route)
		}
		ps := CheckCycles(list, ends)
		any := false
		for i := range list {
			for _, o := range list[i].Outlets {
				any = any || comesBack(list, ends, i, o)
			}
		}
		if any != (len(ps) > 0) {
			t.Fatalf("there are cycles: %t; told: %v", any, ps)
		}
		for _, p := range ps {
			from := list[p.Position.Line-1]
			at := slices.IndexFunc(from.Outlets, func(o Outlet) bool { return o.Position == p.Position })
			if !comesBack(list, ends, p.Position.Line-1, from.Outlets[at]) {
				t.Fatalf("no cycle: %v", p)
			}
		}
	})
}

// comesBack reports by plain search whether what an outlet of route start says can come back to that route.
func comesBack(list []Route, ends []End, start int, first Outlet) bool {
	end := func(name string) End {
		return ends[slices.IndexFunc(ends, func(e End) bool { return e.Name == name })]
	}
	seen := make([]bool, len(list))
	queue := []Outlet{first}
	for len(queue) > 0 {
		o := queue[0]
		queue = queue[1:]
		for i, r := range list {
			hears := slices.ContainsFunc(end(r.Inbound).HearsFrom, func(h string) bool {
				return slices.ContainsFunc(end(o.To).SpeaksTo, func(s string) bool { return overlap(s, h) })
			})
			if hears && !seen[i] {
				seen[i] = true
				queue = append(queue, r.Outlets...)
			}
		}
	}
	return seen[start]
}

// A thousand endpoints at one channel are told of quickly and briefly.
func TestManyCyclesAreToldBriefly(t *testing.T) {
	var list []Route
	var ends []End
	for i := range 1000 {
		ends = append(ends, at(fmt.Sprint("e", i), "redis://h:1/all"))
		list = append(list, Route{Inbound: ends[i].Name, Outlets: []Outlet{{To: fmt.Sprint("e", (i+1)%1000)}}})
	}
	if ps := CheckCycles(list, ends); len(ps) != mostCycles {
		t.Errorf("%d problems", len(ps))
	}
}

func TestPlacesOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"*", "", true}, {"*", "abc", true}, {"a*", "b*", false},
		{"a*", "*b", true}, {"a*c", "abc", true}, {"a*c", "ab", false}, {"a*a", "a", false}, {"*a*", "*b*", true},
		{"redis://h:1/news.*", "redis://h:1/news.eu", true}, {"redis://h:1/news.*", "redis://g:1/news.eu", false},
		{"a%2A", "ab", false}, {"a*b*c", "a*c*c", true},
	} {
		if overlap(c.a, c.b) != c.want || overlap(c.b, c.a) != c.want {
			t.Errorf("%q and %q: %t", c.a, c.b, overlap(c.a, c.b))
		}
	}
}

func FuzzPlacesOverlapWhereATextFitsBoth(f *testing.F) {
	f.Add("a*b", "ab*")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 12 || strings.Trim(a+b, "ab*") != "" {
			return
		}
		fits := false
		for _, text := range textsOf(a, b) {
			fits = fits || matches(a, text) && matches(b, text)
		}
		if overlap(a, b) != fits {
			t.Errorf("%q and %q: %t, a text fits both: %t", a, b, overlap(a, b), fits)
		}
	})
}

// textsOf are all texts of a and b that are no longer than both patterns together: if any text fits both, one of them does.
func textsOf(a, b string) []string {
	all := []string{""}
	for from := 0; len(all[from]) < len(a)+len(b); from++ {
		all = append(all, all[from]+"a", all[from]+"b")
	}
	return all
}

func matches(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return matches(pattern[1:], text) || text != "" && matches(pattern, text[1:])
	}
	return text != "" && text[0] == pattern[0] && matches(pattern[1:], text[1:])
}
