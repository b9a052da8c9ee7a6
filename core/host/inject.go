package host

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// Inject hands a message to the inlet as if the endpoint had received it: it is checked, stamped and counted like one of
// the plugin's, save that what would be left out there is an error here. The message's id, source and time are not used.
// It may be called by any goroutine, beside the one that brings the plugin's messages, and does not block.
func (e *Endpoint) Inject(m core.Message, ticket core.Ticket) (core.ID, error) {
	size := m.Size()
	if m.Header != nil {
		for _, a := range m.Header.Attributes {
			if err := e.injectable(a); err != nil {
				return core.ID{}, err
			}
			size += len(a.Name) + len(a.Value)
		}
		size += len(m.Header.ContentType)
	}
	if limit := e.plugin.host.options.MaxMessage; size > limit {
		return core.ID{}, fmt.Errorf("the message has %d bytes with its attributes, max-message is %d", size, limit)
	}
	rand.Read(m.ID[:]) // never fails; no position and no run to derive the id from
	now := time.Now()
	m.Source, m.Time = e.instance.Name, now.UnixNano()
	e.status.count(1, m.Size())
	e.inlet.Accept(core.Batch{Source: m.Source, Messages: []core.Message{m}, Received: now, Pinned: m.Size(), Ticket: ticket})
	return m.ID, nil
}

// injectable says what keeps an attribute from coming in, by the rules of takes.
func (e *Endpoint) injectable(a core.Attribute) error {
	switch {
	case core.HubAttribute(a.Name):
		return fmt.Errorf("attribute %s: the hub sets it itself", a.Name)
	case needsTrust(a.Name):
		if !e.trusts(a.Name) {
			return fmt.Errorf("attribute %s: endpoint %s is not trusted with it", a.Name, e.instance.Name)
		}
	}
	return core.CheckAttribute(a)
}
