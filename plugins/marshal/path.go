package marshal

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// placed is an error on its way out of a value, with the keys and indexes that it has passed, from the inside out.
// Values without an error pay nothing for it.
type placed struct {
	err   error
	steps []string
}

func (p *placed) Error() string { return p.err.Error() }

// inKey adds to an error, if it is one, that it is in the value of a key.
func inKey(err error, key []byte) error {
	if err == nil {
		return nil
	}
	return within(err, escapePointer.Replace(string(key)))
}

// inEntry adds to an error, if it is one, that it is in an entry of an array, or a member of an object whose key is no
// text.
func inEntry(err error, i uint64) error {
	if err == nil {
		return nil
	}
	return within(err, strconv.FormatUint(i, 10))
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

func within(err error, step string) error {
	var p *placed
	if !errors.As(err, &p) {
		p = &placed{err: err}
	}
	p.steps = append(p.steps, step)
	return p
}

// withPath is the error of a whole value, with its place as a JSON pointer (RFC 6901).
func withPath(err error) error {
	out := &sdk.PathError{Err: err}
	var p *placed
	if errors.As(err, &p) {
		slices.Reverse(p.steps)
		out.Path, out.Err = "/"+strings.Join(p.steps, "/"), p.err
	}
	return out
}
