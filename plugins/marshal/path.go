package marshal

import (
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// path is where a reader or writer is: the keys and indexes from the outside in.
type path struct{ steps []step }

// step is a key, or a place in an array, counted from 1.
type step struct {
	key   string
	place uint64
}

func (p *path) enter(key string) { p.steps = append(p.steps, step{key: key}) }

func (p *path) enterIndex(i uint64) { p.steps = append(p.steps, step{place: i + 1}) }

func (p *path) leave() { p.steps = p.steps[:len(p.steps)-1] }

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// at adds the place to an error, as a JSON pointer (RFC 6901).
func (p *path) at(err error) error {
	var b strings.Builder
	for _, s := range p.steps {
		b.WriteByte('/')
		if s.place > 0 {
			b.WriteString(strconv.FormatUint(s.place-1, 10))
			continue
		}
		_, _ = escapePointer.WriteString(&b, s.key)
	}
	return &sdk.PathError{Path: b.String(), Err: err}
}
