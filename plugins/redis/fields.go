package redis

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// typeField holds a message's content type.
const typeField = "contenttype"

// fields makes headers of entries' fields. Entries in a row with the same fields share one. One goroutine uses it.
type fields struct {
	latest []field
	header *sdk.Header
	// size is what the latest header counts for in a message's size, bytes.
	size int
	// unmapped counts the fields of the latest header that could not become attributes.
	unmapped uint64
}

type field struct{ name, value string }

// of returns the header of an entry, nil without other fields, and how many of them could not be taken.
func (f *fields) of(r *reply, e *entry) (*sdk.Header, uint64) {
	pairs := r.pairs[e.pairs.from:e.pairs.to]
	if !f.same(r, pairs) {
		f.build(r, pairs)
	}
	return f.header, f.unmapped
}

func (f *fields) same(r *reply, pairs []pair) bool {
	if len(pairs) != len(f.latest) {
		return false
	}
	for i, p := range pairs {
		if f.latest[i].name != string(r.bytes(p.name)) || f.latest[i].value != string(r.bytes(p.value)) {
			return false
		}
	}
	return true
}

func (f *fields) build(r *reply, pairs []pair) {
	f.latest, f.header, f.unmapped, f.size = f.latest[:0], nil, 0, 0
	var header sdk.Header
	var list []sdk.Attribute
	for _, p := range pairs {
		had := field{string(r.bytes(p.name)), string(r.bytes(p.value))}
		f.latest = append(f.latest, had)
		a := sdk.Attribute{Name: attributeName(had.name), Value: had.value}
		switch {
		case core.CheckAttribute(a) != nil || core.ReservedAttribute(a.Name) && !core.TrustableAttribute(a.Name):
			f.unmapped++
		case a.Name == typeField:
			header.ContentType = a.Value
			f.size += len(a.Value)
		default:
			list = append(list, a)
			f.size += len(a.Name) + len(a.Value)
		}
	}
	if len(list) > 0 || header.ContentType != "" {
		header.Attributes = core.NewAttributes(list...)
		f.header = &header
	}
}

// attributeName makes an attribute's name of a field's: letters become small ones, and all but letters and digits is
// left out.
func attributeName(name string) string {
	fits := len(name) <= core.MaxAttributeName
	for i := 0; fits && i < len(name); i++ {
		fits = name[i] >= 'a' && name[i] <= 'z' || name[i] >= '0' && name[i] <= '9'
	}
	if fits {
		return name
	}
	mapped := make([]byte, 0, min(len(name), core.MaxAttributeName+1))
	for i := 0; i < len(name) && len(mapped) <= core.MaxAttributeName; i++ {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			mapped = append(mapped, c)
		}
	}
	return string(mapped)
}
