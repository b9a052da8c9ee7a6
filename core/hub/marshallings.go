package hub

import (
	"context"
	"errors"
	"fmt"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/routes"
)

// marshalling is one that endpoints use.
type marshalling struct {
	*host.Marshalling
	in     *config.Instance
	member *member
	// rewrites: it has an envelope.
	rewrites bool
	// kept: it worked in the relay before too.
	kept bool
	// alias is what its plugin knows it by, empty for its name.
	alias string
}

// addMarshalling adds one that endpoints use: that of before if it is kept.
func (r *relay) addMarshalling(in *config.Instance, before *relay, f fate) {
	m := &marshalling{in: in, member: r.crew.on[in.Name], kept: f == fateKept}
	conversion := r.crew.assessments[in.Name].Capabilities.Conversion
	m.rewrites = conversion != nil && conversion.Rewrites
	if was := before.marshalling(in.Name); m.kept {
		m.Marshalling, m.alias = was.Marshalling, was.alias
	} else {
		instance := r.crew.instance(in)
		instance.Alias = r.crew.aliasAfter(was)
		m.alias = instance.Alias
		m.Marshalling = m.member.AddMarshalling(instance)
		if was != nil {
			m.Continue(was.Marshalling)
		}
	}
	r.marshallings = append(r.marshallings, m)
}

// aliasAfter is another alias than that of a marshalling of the same name, which stays open until all that it was given is
// converted; was is nil where there is none.
func (c *crew) aliasAfter(was *marshalling) string {
	if was == nil || was.alias != "" {
		return ""
	}
	for n := 2; ; n++ {
		alias := fmt.Sprintf("%.60s.%d", was.in.Name, n)
		if _, taken := c.assessments[alias]; !taken {
			return alias
		}
	}
}

// marshalling finds one by its name, nil where there is none or no relay.
func (r *relay) marshalling(name string) *marshalling {
	if r == nil {
		return nil
	}
	for _, m := range r.marshallings {
		if m.in.Name == name {
			return m
		}
	}
	return nil
}

// marshallingOf is an endpoint's, nil where it has none.
func (r *relay) marshallingOf(e *endpoint) *marshalling { return r.marshalling(e.in.Marshalling) }

// passage is what a route does to the messages of one outlet.
type passage struct {
	// decoder is nil where only bytes are needed; values: they go on to the outlet.
	decoder core.Converter
	values  bool
	// encoder is nil where the outlet sends what it gets.
	encoder core.Converter
}

// passage finds out whether messages must be decoded on their way, and encoded. Bytes pass untouched if either end has
// no marshalling or both have the same, unless the target's has an envelope. A filter may need the value all the same,
// and replies their envelope.
func (r *relay) passage(source, target *endpoint, o routes.Outlet) (p passage) {
	in, out := r.marshallingOf(source), r.marshallingOf(target)
	if out != nil && (out.rewrites || in != nil && in != out) {
		p.encoder = out.Encoder()
		if out.rewrites {
			p.encoder = counting{p.encoder}
		}
		p.values = in != nil
	}
	if in != nil && (p.values || looksInside(o.When, in) || in.rewrites && r.answers(o)) {
		p.decoder = source.decoder
	}
	return p
}

// looksInside reports whether a filter needs what only decoding shows: the data, or attributes that an envelope brings.
func looksInside(filter *routes.Filter, in *marshalling) bool {
	return filter != nil && (filter.UsesData() || filter.UsesAttributes() && in.rewrites)
}

// eachMarshalling calls do for all marshallings and returns all their errors.
func (r *relay) eachMarshalling(do func(*marshalling) error) error {
	var errs []error
	for _, m := range r.marshallings {
		errs = append(errs, do(m))
	}
	return errors.Join(errs...)
}

func (r *relay) openMarshallings(ctx context.Context) error {
	return r.eachMarshalling(func(m *marshalling) error { return m.Open(ctx) })
}

func (r *relay) closeMarshallings(ctx context.Context) error {
	return r.eachMarshalling(func(m *marshalling) error { return m.Close(ctx, host.CloseShutdown) })
}

// reach tells whether messages may still be decoded and encoded.
func (m *marshalling) reach() (why error, forGood bool) {
	now := m.Status()
	if reachable(now.State) {
		return nil, false
	}
	return fmt.Errorf("marshalling %s is %v: %s", m.in.Name, now.State, now.Cause), false
}

func (m *marshalling) status(mask func(string) string) control.Marshalling {
	now := m.Status()
	return control.Marshalling{
		Name: m.in.Name, ID: m.in.ID, Plugin: m.member.name, State: now.State.String(), Since: now.Since,
		Cause: mask(now.Cause), Restarts: now.Restarts, Envelope: m.rewrites, Decoded: now.Decoded, Encoded: now.Encoded,
		Failed: now.Failed, Rejected: now.Rejected,
	}
}
