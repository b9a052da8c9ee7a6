package host

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
)

// DefaultTimeout is how long a marshalling may take for a batch where its instance does not say.
const DefaultTimeout = 10 * time.Second

// Marshalling is one marshalling at its plugin, through all lives of the plugin's process. It turns a format's bytes
// into canonical values and back, in order each way. What a process left unanswered is given to the next. Its methods
// may be called by any goroutine; Open and Close are an Endpoint's.
type Marshalling struct {
	endpoint *Endpoint
	marshal  *conversions
	decode   *conversions
}

// MarshallingStatus is a marshalling at one moment.
type MarshallingStatus struct {
	State core.State
	Since time.Time
	// Cause says why it is not ready, empty where it is.
	Cause    string
	Restarts int
	// Decoded and Encoded count messages, Failed those that had no result.
	Decoded, Encoded, Failed uint64
	// Rejected counts what was refused from the plugin, by kind; see refusal.
	Rejected map[string]uint64
}

// AddMarshalling makes a marshalling of the plugin. Nothing is opened yet.
func (p *Plugin) AddMarshalling(instance Instance) *Marshalling {
	if instance.Timeout <= 0 {
		instance.Timeout = DefaultTimeout
	}
	instance.Enabled = true
	m := &Marshalling{endpoint: p.Add(instance, nil)}
	m.endpoint.status.noun = core.KindMarshalling.String()
	m.endpoint.streams = m.streams
	m.marshal = newConversions(m, core.ReasonUnencodable)
	m.decode = newConversions(m, core.ReasonUndecodable)
	return m
}

// Continue lets the marshalling, which is not open yet, go on with the numbers of the one whose place it takes. Its opening
// counts as a restart then.
func (m *Marshalling) Continue(before *Marshalling) {
	m.endpoint.Continue(before.endpoint)
	m.marshal.yield, m.decode.yield = before.marshal.yield, before.decode.yield
}

// Open opens the marshalling at its plugin, and again whenever the plugin is started again, until Close.
func (m *Marshalling) Open(ctx context.Context) error { return asMarshalling(m.endpoint.Open(ctx)) }

// Close ends the marshalling for good. When it returns, no conversion is answered any more.
func (m *Marshalling) Close(ctx context.Context, reason CloseReason) error {
	return asMarshalling(m.endpoint.Close(ctx, reason))
}

// Status describes the marshalling as it is now.
func (m *Marshalling) Status() MarshallingStatus {
	s := m.endpoint.Status()
	return MarshallingStatus{
		State: s.State, Since: s.Since, Cause: s.Cause, Restarts: s.Restarts, Rejected: s.Rejected,
		Decoded: m.decode.converted.Load(), Encoded: m.marshal.converted.Load(),
		Failed: m.decode.failed.Load() + m.marshal.failed.Load(),
	}
}

// Encoder turns messages into the format. Canonical values are known by their content type.
func (m *Marshalling) Encoder() core.Converter { return encoder{m} }

// Decoder makes one that turns messages of a source in the format into canonical values. Of an envelope's attributes those in trust
// may be `to`, `hops` and `correlation`.
func (m *Marshalling) Decoder(trust []string) core.Converter { return &decoder{m, trust} }

type encoder struct{ *Marshalling }

// Convert implements core.Converter.
func (e encoder) Convert(messages []core.Message, done func([]core.Message, []core.Fault)) {
	e.marshal.add(messages, nil, done)
}

type decoder struct {
	*Marshalling
	trust []string
}

// Convert implements core.Converter.
func (d *decoder) Convert(messages []core.Message, done func([]core.Message, []core.Fault)) {
	d.decode.add(messages, d.trust, done)
}

// streams runs the two streams of one process until one of them ends, and says why it did.
func (m *Marshalling) streams(ctx context.Context, proc *process) error {
	streams, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	marshal, err := proc.client.Marshal(streams)
	if err != nil {
		return m.endpoint.lostConnection(proc, err)
	}
	unmarshal, err := proc.client.Unmarshal(streams)
	if err != nil {
		return m.endpoint.lostConnection(proc, err)
	}
	m.endpoint.status.ready()
	var both sync.WaitGroup
	both.Go(func() { m.marshal.run(streams, cancel, proc, marshalExchange{marshal}) })
	both.Go(func() { m.decode.run(streams, cancel, proc, unmarshalExchange{unmarshal}) })
	both.Wait()
	err = m.endpoint.lostConnection(proc, context.Cause(streams))
	m.count(err)
	for _, q := range []*conversions{m.marshal, m.decode} {
		switch {
		case proc.ended():
			q.died()
		case ctx.Err() == nil && status.Code(err) != codes.NotFound:
			q.broke(err)
		default:
			q.giveBack()
		}
	}
	return err
}

// count counts what a plugin did to end its stream.
func (m *Marshalling) count(err error) {
	var broken *violation
	switch {
	case errors.As(err, &broken):
		m.endpoint.status.refuse(broken.refusal)
	case tooLarge(err):
		m.endpoint.status.refuse(resetFrame)
	}
}

// asMarshalling names the instance of an error for what it is.
func asMarshalling(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Endpoint != "" {
		e.Marshalling, e.Endpoint = e.Endpoint, ""
	}
	return err
}
