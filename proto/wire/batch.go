package wire

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// ToBatch puts messages into columns; payloads are referred to, not copied. first is the sequence number of
// messages[0].
func ToBatch(lane uint32, epoch, first uint64, messages []core.Message) *pluginv1.Batch {
	b := &pluginv1.Batch{Lane: lane, Epoch: epoch, Sequence: first, Payloads: make([][]byte, len(messages))}
	if len(messages) == 0 {
		return b
	}
	for i := range messages {
		b.Payloads[i] = messages[i].Payload
	}
	putHeaders(b, messages)
	putIDs(b, messages)
	putTimes(b, messages)
	return b
}

// headerMemory is how many of a batch's newest headers are looked through for the next message's: enough for the
// connections whose messages take turns in one batch.
const headerMemory = 16

func putHeaders(b *pluginv1.Batch, messages []core.Message) {
	first := messages[0].Header
	same := 1
	for same < len(messages) && messages[same].Header == first {
		same++
	}
	if same == len(messages) {
		if first != nil {
			b.Headers = []*pluginv1.Header{toHeader(first)}
		}
		return
	}
	b.Headers = []*pluginv1.Header{toHeader(first)}
	b.HeaderOf = make([]uint32, len(messages))
	known := [headerMemory]*core.Header{first}
	for i := same; i < len(messages); i++ {
		h := messages[i].Header
		at := len(b.Headers) - 1
		for oldest := max(0, len(b.Headers)-headerMemory); at >= oldest && known[at%headerMemory] != h; {
			at--
		}
		if at < max(0, len(b.Headers)-headerMemory) {
			at = len(b.Headers)
			known[at%headerMemory] = h
			b.Headers = append(b.Headers, toHeader(h))
		}
		b.HeaderOf[i] = uint32(at)
	}
}

func toHeader(h *core.Header) *pluginv1.Header {
	if h == nil {
		return &pluginv1.Header{}
	}
	attributes := make([]pluginv1.Attribute, len(h.Attributes))
	out := &pluginv1.Header{ContentType: h.ContentType, Attributes: make([]*pluginv1.Attribute, len(h.Attributes))}
	if h.Fault != nil {
		out.Fault = &pluginv1.Fault{Detail: cut(h.Fault.Detail), TooLarge: h.Fault.Reason == core.ReasonTooLarge}
	}
	for i, a := range h.Attributes {
		attributes[i].Name, attributes[i].Value = a.Name, a.Value
		out.Attributes[i] = &attributes[i]
	}
	return out
}

// putIDs leaves the ids out where no message has one, so that the hub gives them.
func putIDs(b *pluginv1.Batch, messages []core.Message) {
	base := messages[0].ID
	if base.IsZero() && !anyID(messages) {
		return
	}
	for i := range messages {
		if messages[i].ID != base.Add(uint64(i)) {
			b.Ids = make([][]byte, len(messages))
			for j := range messages {
				b.Ids[j] = messages[j].ID[:]
			}
			return
		}
	}
	b.IdBase = messages[0].ID[:]
}

func anyID(messages []core.Message) bool {
	for i := range messages {
		if !messages[i].ID.IsZero() {
			return true
		}
	}
	return false
}

func putTimes(b *pluginv1.Batch, messages []core.Message) {
	b.TimeUnixNano = messages[0].Time
	for i := range messages {
		if messages[i].Time != b.TimeUnixNano {
			b.TimeOffsets = make([]int64, len(messages))
			for j := range messages {
				b.TimeOffsets[j] = messages[j].Time - b.TimeUnixNano
			}
			return
		}
	}
}

// ErrShape is wrapped by the errors for batches whose columns do not fit together.
var ErrShape = errors.New("malformed batch")

// FromBatch turns columns into messages of a source. Payloads alias the batch's memory, each without what lies behind it;
// headers have memory of their own, so that whoever copies a payload keeps nothing of the batch. Ids and times that the
// batch does not give are zero. Errors wrap ErrShape.
func FromBatch(b *pluginv1.Batch, source string) ([]core.Message, error) {
	if err := checkColumns(b); err != nil {
		return nil, err
	}
	headers := make([]core.Header, len(b.Headers))
	for i, h := range b.Headers {
		headers[i] = fromHeader(h)
	}
	messages := make([]core.Message, len(b.Payloads))
	for i, payload := range b.Payloads {
		m := &messages[i]
		m.Source, m.Payload, m.Time = source, payload[:len(payload):len(payload)], b.TimeUnixNano
		if len(b.HeaderOf) > 0 {
			m.Header = &headers[b.HeaderOf[i]]
		} else if len(headers) > 0 {
			m.Header = &headers[0]
		}
	}
	takeIDs(b, messages)
	for i, offset := range b.TimeOffsets {
		messages[i].Time += offset
	}
	return messages, nil
}

func takeIDs(b *pluginv1.Batch, messages []core.Message) {
	for i, id := range b.Ids {
		messages[i].ID = core.ID(id)
	}
	if len(b.Ids) > 0 || len(b.IdBase) == 0 {
		return
	}
	base := core.ID(b.IdBase)
	for i := range messages {
		messages[i].ID = base.Add(uint64(i))
	}
}

// fromHeader copies all texts into one piece of memory.
func fromHeader(h *pluginv1.Header) core.Header {
	size := len(h.ContentType)
	for _, a := range h.Attributes {
		size += len(a.Name) + len(a.Value)
	}
	var texts strings.Builder
	texts.Grow(size)
	own := func(text string) string {
		from := texts.Len()
		texts.WriteString(text)
		return texts.String()[from:]
	}
	list := make([]core.Attribute, len(h.Attributes))
	for i, a := range h.Attributes {
		list[i] = core.Attribute{Name: own(a.Name), Value: own(a.Value)}
	}
	return core.Header{ContentType: own(h.ContentType), Attributes: core.NewAttributes(list...)}
}

// Faults are what a batch's headers say of its messages, which FromBatch leaves out: one for each message that has one.
func Faults(b *pluginv1.Batch) []core.Fault {
	if !slices.ContainsFunc(b.Headers, func(h *pluginv1.Header) bool { return h.Fault != nil }) {
		return nil
	}
	var faults []core.Fault
	for i := range b.Payloads {
		at := 0
		if len(b.HeaderOf) > 0 {
			at = int(b.HeaderOf[i])
		}
		if is := b.Headers[at].Fault; is != nil {
			faults = append(faults, fromFault(i, is))
		}
	}
	return faults
}

func fromFault(index int, f *pluginv1.Fault) core.Fault {
	fault := core.Fault{Index: index, Reason: core.ReasonUndecodable, Detail: cut(f.Detail)}
	if f.TooLarge {
		fault.Reason = core.ReasonTooLarge
	}
	return fault
}

func checkColumns(b *pluginv1.Batch) error {
	n := len(b.Payloads)
	if !fits(len(b.HeaderOf), n) || !fits(len(b.Ids), n) || !fits(len(b.TimeOffsets), n) {
		return fmt.Errorf("%w: %d payloads with %d header_of, %d ids, %d time_offsets", ErrShape, n,
			len(b.HeaderOf), len(b.Ids), len(b.TimeOffsets))
	}
	for _, h := range b.HeaderOf {
		if int64(h) >= int64(len(b.Headers)) {
			return fmt.Errorf("%w: header_of %d, headers end before %d", ErrShape, h, len(b.Headers))
		}
	}
	if len(b.HeaderOf) == 0 && len(b.Headers) > 1 {
		return fmt.Errorf("%w: %d headers without header_of", ErrShape, len(b.Headers))
	}
	for _, id := range b.Ids {
		if len(id) != len(core.ID{}) {
			return fmt.Errorf("%w: id of %d bytes, must be %d", ErrShape, len(id), len(core.ID{}))
		}
	}
	if len(b.IdBase) != 0 && len(b.IdBase) != len(core.ID{}) {
		return fmt.Errorf("%w: id_base of %d bytes, must be %d", ErrShape, len(b.IdBase), len(core.ID{}))
	}
	if b.Sequence == 0 || b.Sequence > math.MaxUint64-uint64(n) {
		return fmt.Errorf("%w: sequence %d, must begin at 1", ErrShape, b.Sequence)
	}
	return nil
}

// fits reports whether a column is left out or has one entry per payload.
func fits(column, payloads int) bool { return column == 0 || column == payloads }
