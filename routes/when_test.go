package routes

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// filter compiles one expression.
func filter(t testing.TB, expression string) *Filter {
	t.Helper()
	doc, ps := document.Parse("f", fmt.Appendf(nil, "a: [{to: b, when: %q}]", expression))
	if ps.Failed() {
		t.Fatal(ps)
	}
	list, ps := Parse(doc.Root())
	if ps.Failed() {
		t.Fatalf("%s: %v", expression, ps)
	}
	return list[0].Outlets[0].When
}

// order is what most filters here look at.
func order(t testing.TB) []core.Message {
	t.Helper()
	huge, _ := new(big.Int).SetString("9238756389456238756498237645289", 10)
	payload, err := cbor.Marshal(map[string]any{
		"total": 120, "price": cbor.Tag{Number: 4, Content: []any{-1, 1205}}, "huge": *huge, "largest": uint64(1<<64 - 1),
		"name": "x", "items": []any{1, 2, 3}, "who": map[string]any{"id": 7, "roles": []string{"a"}}, "none": nil,
		"raw": []byte{1}, "at": cbor.Tag{Number: 0, Content: "2026-11-20T10:00:00Z"}, "flag": true,
		"odd": cbor.Tag{Number: 999, Content: 5},
	})
	if err != nil {
		t.Fatal(err)
	}
	return []core.Message{{Source: "orders", Payload: payload, Header: &core.Header{Attributes: core.NewAttributes(
		core.Attribute{Name: "kind", Value: "new"}, core.Attribute{Name: "conn", Value: "ws-1.1"})}}}
}

func TestFiltersOverAllThatAMessageHas(t *testing.T) {
	messages := order(t)
	for expression, want := range map[string]bool{
		"data.total > 100": true, "data.total > 120": false, "data.total * 2 == 240": true, "data.total == 120.0": true,
		"data.price == 120.5": true, "data.huge > 1e30 && data.huge < 1e31": true, "data.largest == 18446744073709551615u": true,
		"source == 'orders'": true, "source.startsWith('x')": false, "attributes.kind == 'new'": true,
		"'user' in attributes": false, "has(attributes.user) || has(data.who.id)": true, "data.who.id in [1, 7]": true,
		"data.items.exists(i, i > 2)": true, "data.items.all(i, i > 2)": false, "size(data.items) == 3": true,
		"data.none == null": true, "data.raw == b'\\x01'": true, "data.name.matches('^[a-z]+$')": true,
		"data.at > timestamp('2026-11-20T09:00:00Z')": true, "data.flag": true, "!data.flag": false,
		"'a' in data.who.roles": true, "data.odd == 5": true, "true": true, "data['total'] > 100": true,
	} {
		pass, err := filter(t, expression).Pass(NewSubject(messages), 0)
		if err != nil || pass != want {
			t.Errorf("%s: %v, %v", expression, pass, err)
		}
	}
}

// What a filter can't answer is an error, never a no; and its text holds nothing of the message.
func TestFilterErrorsQuoteNoMessage(t *testing.T) {
	messages := order(t)
	messages = append(messages, core.Message{Payload: []byte("\xffsecret")})
	secret, err := cbor.Marshal(map[string]any{"s": "secret", "n": -5})
	if err != nil {
		t.Fatal(err)
	}
	messages = append(messages, core.Message{Payload: secret})
	for _, c := range []struct {
		expression string
		message    int
		want       string
	}{
		{"data.nothing > 1", 0, "when: no such key: nothing"},
		{"attributes.user == 'x'", 0, "when: no such key: user"},
		{"data.name > 1", 0, "when: no such overload"},
		{"data.total / 0 == 1", 0, "when: division by zero"},
		{"data.name", 0, "when: the result is neither true nor false"},
		{"data.total > 1", 1, "when: the message has no canonical value"},
		{"data.s == 'x' || data.t == 1", 2, "when: no such key: t"},
		{"int(data.s) > 1", 2, "when: a value that the expression can't be worked out for"},
		{"timestamp(data.s) > timestamp(0)", 2, "when: a value that the expression can't be worked out for"},
		{"{'a': 1}[data.s] == 1", 2, "when: no such key: secret"},
	} {
		pass, err := filter(t, c.expression).Pass(NewSubject(messages), c.message)
		if pass || err == nil {
			t.Errorf("%s: %v, %v", c.expression, pass, err)
		} else if got := err.Error(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", c.expression, got, c.want)
		}
	}
}

// The cost of a filter is bounded whatever the message holds.
func TestFiltersWithLoopsAreCutShort(t *testing.T) {
	list := make([]int, 100_000)
	payload, err := cbor.Marshal(map[string]any{"l": list, "s": strings.Repeat("a", 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	messages := []core.Message{{Payload: payload}}
	for _, expression := range []string{
		"data.l.all(a, data.l.all(b, data.l.all(c, a == b || c == 0)))",
		"size(data.l.map(x, data.s + data.s)) == 0",
		"data.l.all(x, data == data)",
		"data.l.all(x, !(data.l in [data.l, x]))",
		"data.l.all(x, data.s.matches('^a*$'))",
	} {
		began := time.Now()
		_, err := filter(t, expression).Pass(NewSubject(messages), 0)
		if err == nil || err.Error() != "when: the evaluation took more than 100000 steps" {
			t.Errorf("%s: %v", expression, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s took %v", expression, took)
		}
	}
}

// fault: B16
func TestWhatIsWrongWithAFilterIsToldWithItsPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a: [{to: b, when: x > 1}]", "f:1:19: when: undeclared reference to 'x': the language is CEL, over source, attributes and data"},
		{"a: [{to: b, when: 'source > 1'}]", "f:1:27: when: found no matching overload for '_>_' applied to '(string, int)': the language is CEL, over source, attributes and data"},
		{"a:\n- to: b\n  when: \"true && atributes.x == ''\"\n", "f:3:18: when: undeclared reference to 'atributes' (did you mean 'attributes'?): the language is CEL, over source, attributes and data"},
		{"a:\n- to: b\n  when: |\n    true &&\n      sorce == ''\n", "f:5:7: when: undeclared reference to 'sorce' (did you mean 'source'?): the language is CEL, over source, attributes and data"},
		{"a:\n- to: b\n  when: >\n    true &&\n    sorce == ''\n", "f:3:9: when: undeclared reference to 'sorce' (did you mean 'source'?): the language is CEL, over source, attributes and data"},
		{`a: [{to: b, when: "\x74rue && sorce == ''"}]`, "f:1:19: when: undeclared reference to 'sorce' (did you mean 'source'?): the language is CEL, over source, attributes and data"},
		{"a: [{to: b, when: source}]", "f:1:19: when: the result is a string: it must be true or false, such as 'data.total > 100'"},
		{"a: [{to: b, when: 1 + 1}]", "f:1:19: when: the result is a int: it must be true or false, such as 'data.total > 100'"},
		{"a: [{to: b, when: }]", "f:1:19: when: nothing is not allowed: an expression is wanted, such as 'data.total > 100'"},
		{"a: [{to: b, when: [x]}]", "f:1:19: when: a list is not allowed: an expression is wanted, such as 'data.total > 100'"},
		{"a: [{to: b, when: data.a.matches(data.b)}]", "f:1:33: when: the pattern of matches is no constant: write it in quotes"},
		{"a: [{to: b, when: source.matches('(')}]", "f:1:19: when: "},
		{"a: [{to: b, when: data.a >}]", "f:1:27: when: mismatched input '<EOF>'"},
		{"a: [{to: b, when: '" + strings.Repeat("true || ", 600) + "true'}]", "f:1:19: when: "},
	} {
		_, ps := parse(t, c.text)
		if got := ps.Error(); !strings.HasPrefix(got, c.want) || len(ps) != 1 {
			t.Errorf("%.60s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestDataNeedsAMarshallingAtTheSource(t *testing.T) {
	list, ps := parse(t, "in:\n- {to: out, when: 'source != \"\" && data.x == 1'}\n- {to: out, name: other, when: 'attributes.a == \"\"'}\n")
	if ps.Failed() {
		t.Fatal(ps)
	}
	got := CheckNames(list, []End{{Name: "in"}, {Name: "out", Marshalling: "json"}})
	want := "f:2:36: when: nothing decodes the data of in: give in a `marshalling:`, or look at source and attributes only"
	if got.Error() != want {
		t.Errorf("got %s\nwant %s", got.Error(), want)
	}
	if got := CheckNames(list, []End{{Name: "in", Marshalling: "json"}, {Name: "out"}}); len(got) > 0 {
		t.Errorf("got %s", got.Error())
	}
}

func TestPlainTellsTheFilter(t *testing.T) {
	list, _ := parse(t, "a: [{to: b, when: data.x > 1}]")
	if got := Promises(list, nil)[0].Plain(); !strings.HasSuffix(got, "; only when data.x > 1") {
		t.Errorf("got %s", got)
	}
}

// BenchmarkFilter shows what a filter costs per message; decoding comes beside it, once for all filters of a batch.
func BenchmarkFilter(b *testing.B) {
	messages := order(b)
	for _, expression := range []string{"source == 'orders'", "attributes.kind == 'new'", "data.total > 100",
		"data.total > 100 && data.who.id == 7 && attributes.kind == 'new'", "data.items.exists(i, i > 2)"} {
		b.Run(expression, func(b *testing.B) {
			f := filter(b, expression)
			s := NewSubject(messages)
			b.ReportAllocs()
			for b.Loop() {
				if pass, err := f.Pass(s, 0); !pass || err != nil {
					b.Fatal(pass, err)
				}
			}
		})
	}
	b.Run("decoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decode(messages[0].Payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func FuzzData(f *testing.F) {
	f.Add([]byte("\xa1\x61x\x01"))
	f.Add([]byte("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\xa1\x01\xc4\x82\x3a\x7f\xff\xff\xff\xc2\x42\x01\x02"))
	compiled := []*Filter{filter(f, "data.x > 1"), filter(f, "data == 5 || data.exists(i, i == data)"), filter(f, "data[0] == data[1]")}
	f.Fuzz(func(t *testing.T, payload []byte) {
		s := NewSubject([]core.Message{{Payload: payload}})
		for _, one := range compiled {
			if pass, err := one.Pass(s, 0); pass && err != nil {
				t.Fatal("passed with an error")
			}
		}
	})
}
