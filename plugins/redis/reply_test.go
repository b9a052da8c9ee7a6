package redis

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// tell gives a reply to r as the library does: line by line, bulk strings as they come.
func tell(r *reply, in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		return io.ErrUnexpectedEOF
	}
	kind, count := line[0], string(line[1:])
	if _, err := r.Write(line); err != nil {
		return err
	}
	if _, err := r.Write([]byte("\r\n")); err != nil {
		return err
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		return nil
	}
	switch kind {
	case '$':
		_, err := io.CopyN(r, in, int64(n)+2)
		return err
	case '*':
		for range n {
			if err := tell(r, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// answer is Redis's answer to XREADGROUP with entries of these fields.
func answer(entries ...[]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*1\r\n*2\r\n$6\r\norders\r\n*%d\r\n", len(entries))
	for i, fields := range entries {
		id := fmt.Sprintf("1526919030474-%d", i)
		fmt.Fprintf(&b, "*2\r\n$%d\r\n%s\r\n*%d\r\n", len(id), id, len(fields))
		for _, text := range fields {
			fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(text), text)
		}
	}
	return b.String()
}

func TestAnswersAreTakenApart(t *testing.T) {
	deletedEntry := "*1\r\n*2\r\n$1\r\ns\r\n*2\r\n*2\r\n$3\r\n1-1\r\n*-1\r\n*2\r\n$3\r\n1-2\r\n*2\r\n$4\r\nbody\r\n$1\r\nx\r\n"
	claimed := "*3\r\n$3\r\n9-9\r\n*2\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$4\r\nbody\r\n$1\r\nx\r\n*-1\r\n*2\r\n$3\r\n1-5\r\n$3\r\n1-6\r\n"
	for name, c := range map[string]struct {
		inside, budget int
		text           string
		want           string
	}{
		"entries":        {readInside, 1000, answer([]string{"body", "a"}, []string{"x", "y", "body", "", "z", ""}), "474-0 read a 0; 474-1 read  2; "},
		"no body":        {readInside, 1000, answer([]string{"x", "y"}, nil), "474-0 bodiless  1; 474-1 bodiless  0; "},
		"too large":      {readInside, 1000, answer([]string{"body", strings.Repeat("x", 11)}, []string{"body", "b"}), "474-0 oversized  0; 474-1 read b 0; "},
		"too much":       {readInside, 1000, answer([]string{"body", "0123456", "a", "01234", "b", "0123456"}, []string{"body", "b"}), "474-0 oversized  0; 474-1 read b 0; "},
		"over budget":    {readInside, 5, answer([]string{"body", "abcdef"}, []string{"body", "b"}), "474-0 read abcdef 0; 474-1 unkept  0; "},
		"deleted":        {readInside, 1000, deletedEntry, "1-1 deleted  0; 1-2 read x 0; "},
		"none":           {readInside, 1000, "*-1\r\n", ""},
		"refusal":        {readInside, 1000, "-NOGROUP No such key\r\n", "refused NOGROUP No such key"},
		"claimed":        {claimInside, 1000, claimed, "1-1 read x 0; lost 2 cursor 9-9"},
		"nothing to do":  {claimInside, 1000, "*3\r\n$3\r\n0-0\r\n*0\r\n*0\r\n", "lost 0 cursor 0-0"},
		"of Redis 6.2":   {claimInside, 1000, "*2\r\n$3\r\n0-0\r\n*0\r\n", "lost 0 cursor 0-0"},
		"its own id":     {readInside, 1000, answer([]string{"id", "left out", "body", "a"}), "474-0 read a 0; "},
		"body twice":     {readInside, 1000, answer([]string{"body", "a", "body", "b"}), "474-0 read b 0; "},
		"body as a name": {readInside, 1000, answer([]string{"x", "body", "y", "z"}), "474-0 bodiless  2; "},
	} {
		r := answerFor(c.inside, 10, c.budget, nil)
		if err := tell(r, bufio.NewReader(strings.NewReader(c.text))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := r.summary(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// summary is what a reply holds, as text.
func (r *reply) summary() string {
	var b strings.Builder
	for i := range r.entries {
		e := &r.entries[i]
		name := [...]string{"read", "bodiless", "oversized", "deleted", "unkept"}[e.fate]
		body := r.bytes(e.body)
		if e.fate != read {
			body = nil
		}
		fmt.Fprintf(&b, "%s %s %s %d; ", strings.TrimPrefix(e.String(), "1526919030"), name, body, e.pairs.to-e.pairs.from)
	}
	if r.refusal != "" {
		fmt.Fprintf(&b, "refused %s", r.refusal)
	}
	if r.cursor != "" {
		fmt.Fprintf(&b, "lost %d cursor %s", r.lost, r.cursor)
	}
	return b.String()
}

// zeros is an endless stream of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// fault: B12
func TestHugeValueIsSkippedAsItComes(t *testing.T) {
	const huge = 512 << 20
	head := fmt.Sprintf("*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$4\r\nbody\r\n$%d\r\n", huge)
	r := answerFor(readInside, 1<<20, answerBudget, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	in := bufio.NewReader(io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, huge), strings.NewReader("\r\n")))
	if err := tell(r, in); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
	if got := r.summary(); got != "1-1 oversized  0; " {
		t.Error(got)
	}
}

func FuzzReply(f *testing.F) {
	f.Add(answer([]string{"body", "a"}, []string{"x", "y", "body", ""}), readInside)
	f.Add("*3\r\n$3\r\n0-0\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$4\r\nbody\r\n$1\r\nx\r\n*1\r\n$3\r\n1-2\r\n", claimInside)
	f.Add("*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*-1\r\n", readInside)
	f.Fuzz(func(t *testing.T, text string, inside int) {
		if inside != readInside && inside != claimInside {
			return
		}
		const limit, budget = 64, 256
		r := answerFor(inside, limit, budget, nil)
		_ = tell(r, bufio.NewReader(strings.NewReader(text)))
		if len(r.data) > budget+2*limit {
			t.Errorf("%d bytes are kept", len(r.data))
		}
		for i := range r.entries {
			e := &r.entries[i]
			_ = r.text(e)
			if e.fate == read {
				_ = r.bytes(e.body)
			}
			new(fields).of(r, e)
		}
	})
}

func TestNamesOfFieldsBecomeNamesOfAttributes(t *testing.T) {
	for name, want := range map[string]string{
		"total": "total", "Order-ID": "orderid", "user_id": "userid", "x.y z": "xyz", "--": "", "größe": "gre", "7": "7",
	} {
		if got := attributeName(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}
