package host

import (
	"slices"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// Attributes that need trust.
const (
	attributeTo   = "to"
	attributeHops = "hops"
	// attributeCorrelation brings a reply to who asked: who may set it can answer for others.
	attributeCorrelation = "correlation"
)

// cleanHeaders takes out what may not stand in headers from a plugin, and returns what each counts for, in bytes.
func (e *Endpoint) cleanHeaders(headers []*pluginv1.Header) []int {
	if len(headers) == 0 {
		return nil
	}
	sizes := make([]int, len(headers))
	for i, h := range headers {
		kept := h.Attributes[:0]
		for _, a := range h.Attributes {
			if e.takes(a) {
				kept = append(kept, a)
				sizes[i] += len(a.Name) + len(a.Value)
			}
		}
		h.Attributes = kept
		if core.CheckAttribute(core.Attribute{Name: "contenttype", Value: h.ContentType}) != nil {
			h.ContentType = ""
			e.status.refuse(refusedAttribute)
		}
		sizes[i] += len(h.ContentType)
	}
	return sizes
}

// takes reports whether an attribute may stay, and counts one that may not.
func (e *Endpoint) takes(a *pluginv1.Attribute) bool {
	switch {
	case core.HubAttribute(a.Name):
		e.status.refuse(refusedAttribute)
		return false
	case needsTrust(a.Name):
		if !e.trusts(a.Name) {
			e.status.refuse(refusedUntrusted)
			return false
		}
	}
	if core.CheckAttribute(core.Attribute{Name: a.Name, Value: a.Value}) != nil {
		e.status.refuse(refusedAttribute)
		return false
	}
	return true
}

func needsTrust(name string) bool {
	switch name {
	case attributeTo, attributeHops, attributeCorrelation, core.TraceParent, core.TraceState:
		return true
	}
	return false
}

// trusts reports whether a list of trusted attributes covers name: who may continue a trace may say in which state.
func trusts(trusted []string, name string) bool {
	if name == core.TraceState {
		name = core.TraceParent
	}
	return slices.Contains(trusted, name)
}

func (e *Endpoint) trusts(name string) bool { return trusts(e.instance.Trust, name) }

// stamp gives the messages what their plugin left to the hub: time, and ids made of the opening and a counter.
func (e *Endpoint) stamp(messages []core.Message, now int64) {
	for i := range messages {
		m := &messages[i]
		if m.Time == 0 {
			m.Time = now
		}
		if m.ID.IsZero() {
			m.ID = e.identity.base.Add(e.identity.given)
			e.identity.given++
		}
	}
}
