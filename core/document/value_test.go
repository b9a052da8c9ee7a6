package document

import (
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

type Problems = core.Problems

func walk(ps *Problems, v Value) {
	if v.IsMapping() {
		for _, e := range v.Entries(ps, "it") {
			walk(ps, e.Value)
		}
	}
	if v.IsList() {
		for _, item := range v.Items(ps, "it") {
			walk(ps, item)
		}
	}
}

func rootOf(t *testing.T, text string) Value {
	t.Helper()
	doc, ps := Parse("f", []byte(text))
	if ps.Failed() {
		t.Fatal(ps)
	}
	return doc.Root()
}

func TestScalarsAreReadByTheirType(t *testing.T) {
	type into struct {
		text     string
		flag     bool
		number   int
		duration time.Duration
		bytes    int
		word     string
	}
	read := func(ps *Problems, e Entry, v *into) {
		switch e.Key {
		case "text":
			e.String(ps, &v.text)
		case "flag":
			e.Bool(ps, &v.flag)
		case "number":
			e.Int(ps, &v.number, 1, 10)
		case "duration":
			e.Duration(ps, &v.duration, time.Second, time.Hour)
		case "bytes":
			e.Bytes(ps, &v.bytes, 1, 1<<20)
		case "word":
			e.OneOf(ps, &v.word, "drop-oldest", "block")
		}
	}
	for _, c := range []struct {
		text string
		want into
		err  string
	}{
		{"text: NO", into{text: "NO"}, ""},
		{"text: 012", into{text: "012"}, ""},
		{"text: 1.0", into{text: "1.0"}, ""},
		{"text: 2001-01-01", into{text: "2001-01-01"}, ""},
		{"text: ''", into{}, ""},
		{"text:", into{}, "f:1:1: text has no value: a text is wanted"},
		{"text: [a]", into{}, "f:1:7: text: a list is not allowed: a text is wanted"},
		{"flag: True", into{flag: true}, ""},
		{"flag: yes", into{}, `f:1:7: flag: "yes" is not allowed: true or false is wanted`},
		{"flag: 'true'", into{}, `f:1:7: flag: "true" is not allowed: true or false is wanted`},
		{"number: 7", into{number: 7}, ""},
		{"number: 11", into{}, `f:1:9: number: "11" is not allowed: a whole number from 1 to 10 is wanted`},
		{"number: 07", into{}, `f:1:9: number: "07" is not allowed: a whole number from 1 to 10 is wanted`},
		{"number: '7'", into{}, `f:1:9: number: "7" is not allowed: a whole number from 1 to 10 is wanted`},
		{"number: {a: 7}", into{}, `f:1:9: number: a mapping is not allowed: a whole number from 1 to 10 is wanted`},
		{"duration: 1m30s", into{duration: 90 * time.Second}, ""},
		{"duration: 20", into{}, `f:1:11: duration: "20" is not allowed: a time from 1s to 1h is wanted, such as 20s`},
		{"duration: -5s", into{}, `f:1:11: duration: "-5s" is not allowed: a time from 1s to 1h is wanted, such as 20s`},
		{"bytes: 64KiB", into{bytes: 64 << 10}, ""},
		{"bytes: 512", into{bytes: 512}, ""},
		{"bytes: 5 kB", into{bytes: 5000}, ""},
		{"bytes: 99999999999GiB", into{}, `f:1:8: bytes: "99999999999GiB" is not allowed: a size from 1B to 1MiB is wanted, such as 64KiB`},
		{"word: block", into{word: "block"}, ""},
		{"word: drop-oldst", into{}, `f:1:7: word: "drop-oldst" is not allowed: did you mean "drop-oldest"? allowed: drop-oldest, block`},
	} {
		var ps Problems
		var got into
		for _, e := range rootOf(t, c.text).Entries(&ps, "it") {
			read(&ps, e, &got)
		}
		if got != c.want || ps.Error() != c.err {
			t.Errorf("%s: got %+v %q, want %+v %q", c.text, got, ps.Error(), c.want, c.err)
		}
	}
}

// fault: B15
func TestEntriesStandOnce(t *testing.T) {
	var ps Problems
	entries := rootOf(t, "a: 1\nb: 2\na: 3\n? [x]\n: y\n").Entries(&ps, "it")
	want := "f:3:1: key \"a\" stands twice, first in line 1: remove one\nf:4:3: a key is a list, it must be a name"
	if ps.Error() != want || len(entries) != 2 || entries[0].Value.Text() != "1" {
		t.Errorf("got %v, %s", entries, ps.Error())
	}
}

func TestMergeKeysAddWhatIsNotThere(t *testing.T) {
	root := rootOf(t, "base: &base {x: 1, y: 2}\nmore: &more {y: 3, z: 4}\nit: {<<: [*base, *more], x: 9}\n")
	var ps Problems
	it, _ := root.Child("it")
	var got []string
	for _, e := range it.Entries(&ps, "it") {
		got = append(got, e.Key+"="+e.Value.Text())
	}
	if text := strings.Join(got, " "); text != "x=9 y=2 z=4" || len(ps) > 0 {
		t.Errorf("got %s, %v", text, ps)
	}
}

func TestRewritingKeepsAScalarAScalar(t *testing.T) {
	doc, _ := Parse("f", []byte("a: &a in\nb: *a\nin: [x]\n"))
	doc.Rewrite(func(v Value) (string, []string, bool) {
		return "{evil: [1]}\nmore: yes", []string{"evil"}, v.Text() == "in"
	})
	for _, key := range []string{"a", "b"} {
		v, _ := doc.Root().Child(key)
		if !v.IsScalar() || v.Text() != "{evil: [1]}\nmore: yes" || v.Original() != "in" || v.Show() != `"in"` {
			t.Errorf("%s is %q", key, v.Text())
		}
	}
	if v, found := doc.Root().Child("in"); !found || !v.IsList() {
		t.Error("a key was rewritten")
	}
}
