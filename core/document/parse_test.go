package document

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fault: B15
func TestBrokenFilesAreToldWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a:\n\tb: 1\n", "f:2:1: a tab in the indentation: indent with spaces"},
		{"a:\n  - x\n\t- y\n", "f:3:1: a tab in the indentation: indent with spaces"},
		{"a: 1\r\nb:\r\n  -\tc: 1\r\n", "f:3:4: a tab in the indentation: indent with spaces"},
		{"ok: 1\na: b: c\n", "f:2:5: not YAML: mapping values are not allowed in this context: a value that holds a colon and a space wants quotes; or the indentation is wrong"},
		{"ok: 1\nbad: 'x\nc: 1\n", "f:2:6: not YAML: found unexpected end of stream: a quote that is opened here is not closed"},
		{"ok: 1\na: [1, 2\nb: 3\n", "f:2:8: not YAML: did not find expected ',' or ']': a bracket is not closed, or a value with brackets in it wants quotes"},
		{"ok: é\na: @x\n", "f:2:4: not YAML: found character that cannot start any token: a value that begins with this character wants quotes"},
		{"a: 1\nb: *x\n", "f:2:5: not YAML: unknown anchor 'x' referenced: `&name` must stand before `*name`; a value that begins with * wants quotes"},
		{"x: |\n  a\n y: 2\n", "f:3:2: not YAML: did not find expected key: see to the indentation of this line and of those before it"},
		{"a: \"x\\q\"\n", "f:1:6: not YAML: found unknown escape character: use single quotes, or double the backslash"},
		{"a: 1\n---\nb: 2\n", "f:2:3: not YAML: a second document begins after `---`: one file is one document"},
		{"a: &x [*x]\n", "f:1:8: alias *x stands inside its own anchor"},
		{"a: !secret x\n", "f:1:4: the tag !secret means nothing here"},
		{"a: x\xff\n", "f:1:5: byte 0xff is not UTF-8: save the file as UTF-8"},
		{"\xff\xfea\x00:\x00 \x001\x00", "f:1:1: byte 0xff is not UTF-8: save the file as UTF-8"},
		{"", "f:1:1: the file is empty"},
		{"# only a comment\n", "f:1:1: the file is empty"},
		{"a: " + strings.Repeat("[", 70) + strings.Repeat("]", 70), "f:1:67: nested deeper than 64"},
		{"ok: 1\n" + strings.Repeat("# 34567\n", MaxBytes/8), "f:32769:3: the file is too long: a configuration is at most 256KiB"},
		{laughs(9), "f:6:45: the aliases come to more than 100000 values"},
		{chain(70), "f:62:12: nested deeper than 64"},
	} {
		doc, ps := Parse("f", []byte(c.text))
		if doc != nil || ps.Error() != c.want {
			t.Errorf("%.40q:\n got %s\nwant %s", c.text, ps.Error(), c.want)
		}
	}
}

// laughs has n lists, each of nine times the one before.
func laughs(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	return b.String()
}

// chain nests by aliases alone.
func chain(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	return b.String()
}

// Processor time is measured, not the clock's: other tests run beside this one.
//
// fault: B15
func TestTheWorstFilesCostLittle(t *testing.T) {
	const size = MaxBytes / share
	worst := map[string]string{
		"list":      "[" + strings.Repeat("a,", size/2-2) + "]",
		"mapping":   "{" + strings.Repeat("a:,", size/3-2) + "}",
		"open":      strings.Repeat("[", size),
		"nested":    strings.Repeat("- ", size/2),
		"comments":  strings.Repeat("a: b #c\n", size/9),
		"late":      strings.Repeat("- a\n", size/4-10) + "b: 1\n",
		"late tab":  strings.Repeat("- {a: b}\n", size/9-10) + "-\t\tb: 1\n",
		"long line": "a: \"" + strings.Repeat("x", size-10),
		"laughs":    laughs(1000),
		"too long":  strings.Repeat("a: b\n", 2<<20),
	}
	for name, text := range worst {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := processorTime(t)
		Parse("f", []byte(text))
		took := processorTime(t) - start
		runtime.ReadMemStats(&after)
		if took > time.Second {
			t.Errorf("%s took %s", name, took)
		}
		// What the parser left is the next one's to use: the growth is the peak over what there was.
		if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 100<<20 {
			t.Errorf("%s took %d MiB", name, grown>>20)
		}
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// fault: B15
func TestByteOrderMarkAndLineEnds(t *testing.T) {
	doc, ps := Parse("f", []byte("\xef\xbb\xbfname: NO\r\nother: 012\r\n"))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	entries := doc.Root().Entries(&ps, "the file")
	if len(entries) != 2 || entries[0].Key != "name" || entries[0].Value.Text() != "NO" || entries[1].Value.Text() != "012" {
		t.Errorf("got %+v", entries)
	}
	if at := entries[0].Position().String(); at != "f:1:1" {
		t.Errorf("the first key stands at %s", at)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a: &x {b: [1, 'two', *y]}\n<<: *x\n"))
	f.Add([]byte(laughs(5)))
	f.Add([]byte("a:\n\t- b\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, ps := Parse("f", text)
		if doc == nil != ps.Failed() {
			t.Fatalf("document %v with %v", doc, ps)
		}
		if doc == nil {
			if len(ps) == 0 || ps[0].Position.Line == 0 || ps[0].Position.Column == 0 {
				t.Fatalf("an error without place: %v", ps)
			}
			return
		}
		doc.Rewrite(func(v Value) (string, []string, bool) { return v.Text() + "!", []string{"!"}, true })
		doc.Root().Scalars(func(v Value) { _ = v.Show() })
		var found Problems
		walk(&found, doc.Root())
	})
}
