package redis

import (
	"fmt"
	"io"
	"slices"
)

// ReadFrom takes a bulk string and the end of its line.
func (r *reply) ReadFrom(src io.Reader) (int64, error) {
	err := r.bulk(src)
	if err == nil {
		_, err = io.ReadFull(src, r.tail[:])
	}
	if err != nil {
		return 0, err
	}
	n := r.length
	r.done()
	return int64(n) + int64(len(r.tail)), nil
}

// bulk takes a bulk string by its place.
func (r *reply) bulk(src io.Reader) error {
	switch len(r.open) {
	case r.inside + 2:
		return r.field(src)
	case r.inside + 1:
		return r.identify(src)
	case 1:
		if r.length <= maxPosition {
			var text [maxPosition]byte
			_, err := io.ReadFull(src, text[:r.length])
			r.cursor = string(text[:r.length])
			return err
		}
	case r.inside:
		r.lost++
	}
	return r.discard(src)
}

// maxPosition is how long an entry's id can be, bytes.
const maxPosition = 41

func (r *reply) identify(src io.Reader) error {
	if r.length > maxPosition {
		return fmt.Errorf("%w: an entry's id of %d bytes", errReply, r.length)
	}
	e, from := r.latest(), len(r.texts)
	var err error
	if r.texts, err = grow(r.texts, src, r.length); err != nil {
		return err
	}
	e.text = span{from, len(r.texts)}
	var is bool
	if e.position, is = parsePosition(r.text(e)); !is {
		return fmt.Errorf("%w: %.40q is no entry's id", errReply, r.text(e))
	}
	if len(r.data) > r.budget {
		e.fate, r.skip = unkept, true
	}
	return nil
}

// field takes a field's name or its value.
func (r *reply) field(src io.Reader) error {
	valued := r.valued
	r.valued = !valued
	if r.size += r.length; !r.skip && (r.length > r.limit || r.size > 2*r.limit) {
		r.data, r.pairs, r.skip = r.data[:r.begin.data], r.pairs[:r.begin.pairs], true
		r.latest().fate = oversized
	}
	if r.skip || valued && string(r.bytes(r.name)) == idField {
		return r.discard(src)
	}
	from := len(r.data)
	var err error
	if r.data, err = grow(r.data, src, r.length); err != nil {
		return err
	}
	at := span{from, len(r.data)}
	switch e := r.latest(); {
	case !valued:
		r.name = at
	case string(r.bytes(r.name)) == bodyField:
		e.fate, e.body = read, at
	default:
		r.pairs = append(r.pairs, pair{r.name, at})
	}
	return nil
}

func (r *reply) discard(src io.Reader) error {
	_, err := io.CopyN(io.Discard, src, int64(r.length))
	return err
}

// grow reads n bytes behind dst.
func grow(dst []byte, src io.Reader, n int) ([]byte, error) {
	from := len(dst)
	dst = slices.Grow(dst, n)[:from+n]
	_, err := io.ReadFull(src, dst[from:])
	return dst, err
}
