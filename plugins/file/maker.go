package file

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// maker turns lines into the messages that the hub gets.
type maker struct {
	decoder record.Decoder
	// taken is the latest header as it stood in the record, given what became of it, without so many attributes.
	taken, given *sdk.Header
	without      int
	// base is the first id of segment baseOf.
	base   sdk.ID
	baseOf uint64
}

// message reads a record. A record without an id gets one made of its position, so that it is the same whenever it is
// read; one without a time gets the present. dropped is how many attributes were left out.
func (k *maker) message(t *tail, line []byte, at record.Position) (m sdk.Message, dropped int, err error) {
	if m, err = k.decoder.Decode(line); err != nil {
		return m, 0, err
	}
	if m.ID.IsZero() {
		m.ID = k.idAt(t.name, at)
	}
	if m.Time == 0 {
		m.Time = time.Now().UnixNano()
	}
	if m.Header != k.taken {
		k.taken = m.Header
		k.given, k.without = believed(m.Header, t.keep)
	}
	m.Header = k.given
	return m, k.without, nil
}

// idAt is the id of what stands at a position: a hash of endpoint and segment, and the offset.
func (k *maker) idAt(name string, at record.Position) sdk.ID {
	if k.baseOf != at.Segment {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte("endpoint-file"), name...), at.Segment))
		k.base, k.baseOf = sdk.ID(sum[:16]), at.Segment
	}
	return k.base.Add(uint64(at.Offset))
}

// believed is the header without the attributes that a record may not set. to, hops and correlation are left to the hub,
// which knows whom it trusts with them.
func believed(h *sdk.Header, keep bool) (*sdk.Header, int) {
	if h == nil {
		return nil, 0
	}
	var kept []sdk.Attribute
	for _, a := range h.Attributes {
		if !refused(a.Name, keep) {
			kept = append(kept, a)
		}
	}
	if len(kept) == len(h.Attributes) {
		return h, 0
	}
	return &sdk.Header{ContentType: h.ContentType, Attributes: core.NewAttributes(kept...)}, len(h.Attributes) - len(kept)
}

// refused reports whether a record may not set the attribute. The first three are the message's own fields.
func refused(name string, keep bool) bool {
	switch name {
	case "id", "source", "time":
		return true
	}
	return !keep && core.ReservedAttribute(name) && !core.TrustableAttribute(name)
}
