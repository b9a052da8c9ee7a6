package redis

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// position is an entry's id: milliseconds and a number within them.
type position struct{ ms, seq uint64 }

// parsePosition reads an entry's id as Redis writes it, 1526919030474-55.
func parsePosition(text string) (p position, is bool) {
	ms, seq, cut := strings.Cut(text, "-")
	p.ms, is = number(ms)
	if !is || !cut {
		return p, false
	}
	p.seq, is = number(seq)
	return p, is
}

func number(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

func (p position) before(q position) bool { return p.ms < q.ms || p.ms == q.ms && p.seq < q.seq }

// appendTo writes the entry's id behind dst.
func (p position) appendTo(dst []byte) []byte {
	dst = strconv.AppendUint(dst, p.ms, 10)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, p.seq, 10)
}

func (p position) String() string { return string(p.appendTo(nil)) }

// id is the message's id: its position in the stream laid over the base of endpoint and stream, so that the same entry
// has the same id whenever and by whomever it is read again.
func (p position) id(base sdk.ID) sdk.ID {
	binary.BigEndian.PutUint64(base[:8], binary.BigEndian.Uint64(base[:8])^p.ms)
	binary.BigEndian.PutUint64(base[8:], binary.BigEndian.Uint64(base[8:])^p.seq)
	return base
}
