package redis

import (
	"errors"
	"fmt"
	"strconv"
	"unsafe"
)

// reply takes Redis's answer with entries apart while it arrives (RESP2: arrays, bulk strings). The library gives it
// the bytes without parsing them: a map, an interface and three strings per entry would cost more than all else. All
// entries share one piece of memory, which messages may keep; an entry larger than limit is skipped as it arrives, and so
// are those behind the budget, so that no answer needs more memory than both together.
type reply struct {
	// inside is how many arrays are open among the entries: 3 in the answer to XREADGROUP, 2 in that to XAUTOCLAIM.
	inside int
	limit  int
	budget int

	data    []byte
	texts   []byte
	pairs   []pair
	entries []entry
	// refusal is the error that Redis answered with, cursor where XAUTOCLAIM goes on, lost how many entries it found
	// deleted.
	refusal, cursor string
	lost            int

	// expected is how much data and texts the latest answer with entries had.
	expected struct{ data, texts int }

	open   []int // how many elements each open array still needs
	length int   // of the bulk string that comes
	size   int   // of the entry so far
	begin  mark  // where the entry began, to forget it
	name   span  // of the field whose value comes
	valued bool  // a value comes next, not a name
	skip   bool  // the rest of the entry
	tail   [2]byte
}

// mark is how much of a reply there was.
type mark struct{ data, pairs int }

var errReply = errors.New("an answer of Redis can't be read")

// answerFor makes a reply that expects about as much as the one before held, which is not used any more.
func answerFor(inside, limit, budget int, before *reply) *reply {
	r := &reply{inside: inside, limit: limit, budget: budget}
	if before != nil {
		if len(before.entries) > 0 {
			before.expected.data, before.expected.texts = len(before.data), len(before.texts)
		}
		r.expected = before.expected
		// These hold no bytes of messages, so they serve again.
		r.pairs, r.entries, r.open = before.pairs[:0], before.entries[:0], before.open[:0]
	}
	return r
}

// Write takes a line of the protocol, or the end of one.
func (r *reply) Write(p []byte) (int, error) {
	if len(p) == 0 || p[0] == '\r' {
		return len(p), nil
	}
	switch p[0] {
	case '-':
		r.refusal = string(p[1:])
		return len(p), nil
	case '*', '$':
	default:
		r.done()
		return len(p), nil
	}
	n, err := strconv.Atoi(unsafe.String(unsafe.SliceData(p[1:]), len(p)-1))
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %.40q", errReply, p)
	case n < 0:
		r.null()
	case p[0] == '$':
		r.length = n
	default:
		r.array(n)
	}
	return len(p), nil
}

// array begins an array of n elements.
func (r *reply) array(n int) {
	r.open = append(r.open, n)
	if len(r.open) == r.inside+1 {
		r.prepare()
		r.entries = append(r.entries, entry{fate: bodiless, pairs: span{len(r.pairs), len(r.pairs)}})
		r.begin, r.size, r.valued, r.skip = mark{len(r.data), len(r.pairs)}, 0, false, false
	}
	if n == 0 {
		r.close()
	}
}

// prepare makes room when the first entry comes.
func (r *reply) prepare() {
	if len(r.entries) == 0 {
		r.data = make([]byte, 0, r.expected.data+r.expected.data/8)
		r.texts = make([]byte, 0, r.expected.texts+r.expected.texts/8)
	}
}

// null is nothing where an entry, or its fields, could be: XDEL and trimming leave that.
func (r *reply) null() {
	if len(r.open) == r.inside+1 {
		r.latest().fate = deleted
	}
	r.done()
}

// done ends an element of the innermost array, and the arrays that end with it.
func (r *reply) done() {
	if len(r.open) == 0 {
		return
	}
	if r.open[len(r.open)-1]--; r.open[len(r.open)-1] <= 0 {
		r.close()
	}
}

func (r *reply) close() {
	r.open = r.open[:len(r.open)-1]
	if len(r.open) == r.inside {
		r.latest().pairs.to = len(r.pairs)
	}
	r.done()
}

func (r *reply) latest() *entry { return &r.entries[len(r.entries)-1] }

func (r *reply) bytes(s span) []byte { return r.data[s.from:s.to:s.to] }

// text is an entry's id. It shares the memory of all ids of the reply, which is not written to again.
func (r *reply) text(e *entry) string {
	return unsafe.String(unsafe.SliceData(r.texts[e.text.from:]), e.text.to-e.text.from)
}
