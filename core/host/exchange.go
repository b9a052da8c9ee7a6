package host

import (
	"slices"
	"strings"

	"google.golang.org/grpc"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// exchange is the wire of one stream of conversions. One goroutine sends, another receives.
type exchange interface {
	send(name string, r *request) error
	receive() (*answer, error)
}

// answer is what either stream answers.
type answer struct {
	sequence uint64
	batch    *pluginv1.Batch
	// contentType is that of all payloads of a Marshal.
	contentType string
	errors      []*pluginv1.MarshalError
	fresh       []core.Message
}

type marshalExchange struct {
	grpc.BidiStreamingClient[pluginv1.MarshalRequest, pluginv1.MarshalResponse]
}

func (x marshalExchange) send(name string, r *request) error {
	return x.Send(&pluginv1.MarshalRequest{Name: name, Sequence: r.sequence, Batch: r.batch(), Source: r.in[r.from].Source})
}

func (x marshalExchange) receive() (*answer, error) {
	got, err := x.Recv()
	if err != nil {
		return nil, err
	}
	// The headers that get the content type may be kept longer than the payloads beside it.
	return &answer{sequence: got.Sequence, batch: &pluginv1.Batch{Payloads: got.Payloads}, contentType: strings.Clone(got.ContentType),
		errors: got.Errors}, nil
}

type unmarshalExchange struct {
	grpc.BidiStreamingClient[pluginv1.UnmarshalRequest, pluginv1.UnmarshalResponse]
}

func (x unmarshalExchange) send(name string, r *request) error {
	return x.Send(&pluginv1.UnmarshalRequest{Name: name, Sequence: r.sequence, Batch: r.batch()})
}

func (x unmarshalExchange) receive() (*answer, error) {
	got, err := x.Recv()
	if err != nil {
		return nil, err
	}
	return &answer{sequence: got.Sequence, batch: got.Batch, contentType: core.CanonicalType, errors: got.Errors}, nil
}

func (r *request) batch() *pluginv1.Batch { return wire.ToBatch(0, 0, 1, r.in[r.from:r.to]) }

// check reports what is wrong with the shape of an answer to n messages. It leaves the answer's messages in fresh.
func (a *answer) check(n int) error {
	if a.batch == nil || len(a.batch.Payloads) != n {
		return violates(resetColumns, "%d results for %d messages", len(a.batch.GetPayloads()), n)
	}
	if len(a.batch.Headers) > n {
		return violates(resetColumns, "%d headers for %d messages", len(a.batch.Headers), n)
	}
	last := -1
	slices.SortFunc(a.errors, func(x, y *pluginv1.MarshalError) int { return int(int64(x.Index) - int64(y.Index)) })
	for _, e := range a.errors {
		if int64(e.Index) >= int64(n) || int(e.Index) == last {
			return violates(resetColumns, "an error for message %d of %d", e.Index, n)
		}
		last = int(e.Index)
	}
	// Ids and times are the hub's own.
	a.batch.Sequence, a.batch.Ids, a.batch.IdBase, a.batch.TimeOffsets = 1, nil, nil, nil
	var err error
	if a.fresh, err = wire.FromBatch(a.batch, ""); err != nil {
		return violates(resetColumns, "%v", err)
	}
	return nil
}

// fill puts a request's results into its conversion and returns the faults of those that it has none for.
func (q *conversions) fill(r *request, a *answer) (faults []core.Fault) {
	limit := q.marshalling.endpoint.plugin.host.options.MaxMessage
	h := headers{status: q.marshalling.endpoint.status, trust: r.trust, contentType: a.contentType}
	h.checkType()
	failed := a.errors
	for i := range a.fresh {
		if len(failed) > 0 && int(failed[0].Index) == i {
			detail := q.detail(printable(failed[0].Path, maxText/2), failed[0].Detail)
			faults = append(faults, core.Fault{Index: r.from + i, Reason: q.reason, Detail: detail})
			failed = failed[1:]
			continue
		}
		out := &r.out[r.from+i]
		header := h.of(out.Header, a.fresh[i].Header)
		if len(a.fresh[i].Payload)+header.Size() > limit {
			faults = append(faults, core.Fault{Index: r.from + i, Reason: q.reason,
				Detail: q.detail("", "the result is larger than max-message")})
			continue
		}
		out.Header, out.Payload = header, a.fresh[i].Payload
	}
	return faults
}

// headers makes the headers of one answer's messages, each combination that follows itself once.
type headers struct {
	status      *endpointStatus
	trust       []string
	contentType string

	was, fresh, made *core.Header
}

// checkType leaves out a content type that must not be.
func (h *headers) checkType() {
	if core.CheckAttribute(core.Attribute{Name: "contenttype", Value: h.contentType}) != nil {
		h.status.refuse(refusedAttribute)
		h.contentType = ""
	}
}

// of is a message's new header: what it was, with the new content type and the attributes of an envelope.
func (h *headers) of(was, fresh *core.Header) *core.Header {
	if h.made != nil && h.was == was && h.fresh == fresh {
		return h.made
	}
	made := &core.Header{ContentType: h.contentType}
	if was != nil {
		made.Attributes = was.Attributes
	}
	if fresh != nil && len(fresh.Attributes) > 0 {
		made.Attributes = h.merge(made.Attributes, fresh.Attributes)
	}
	h.was, h.fresh, h.made = was, fresh, made
	return made
}

func (h *headers) merge(was, fresh core.Attributes) core.Attributes {
	list := slices.Clone(was)
	for _, a := range fresh {
		if h.takes(a) {
			list = append(list, a)
		}
	}
	return core.NewAttributes(list...)
}

// takes reports whether a client may set an attribute of its envelope, and counts one that it may not.
func (h *headers) takes(a core.Attribute) bool {
	switch {
	case needsTrust(a.Name):
		if !trusts(h.trust, a.Name) {
			h.status.refuse(refusedUntrusted)
			return false
		}
	case core.ReservedAttribute(a.Name):
		h.status.refuse(refusedAttribute)
		return false
	}
	if core.CheckAttribute(a) != nil {
		h.status.refuse(refusedAttribute)
		return false
	}
	return true
}
