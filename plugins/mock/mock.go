// Package mock is the plugin for tests and first steps: its endpoints make messages by themselves, remember what they
// are sent, and misbehave when the configuration tells them to.
package mock

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Plugin offers endpoint-mock.
var Plugin = sdk.Plugin{
	Name: "mock",
	Types: []sdk.Type{sdk.Endpoint("endpoint-mock", "makes messages and remembers what it is sent, for tests",
		sdk.Capabilities{
			Inbound:  &sdk.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending, Pausable: true},
			Outbound: &sdk.Outbound{Confirm: core.ConfirmPersisted},
		}, open)},
}

// endpoint is one mock. What it is sent goes nowhere but into its memory.
type endpoint struct {
	config   config
	instance sdk.Instance
	record   *os.File // nil without `record`
	began    time.Time
	header   *sdk.Header // of every message made, nil without `attributes`
	fixed    []byte      // every message's payload, nil where it holds the number
	again    returned
	loop     loop
	failures failures
	outage   outage

	made, received, receivedBytes, failed, settled atomic.Int64
}

func open(_ context.Context, in sdk.Instance, c config) (sdk.Closer, error) {
	e := &endpoint{config: c, instance: in, began: time.Now(), again: returned{some: make(chan struct{}, 1)},
		header: headerOf(c.Attributes), loop: loop{handed: make(chan struct{})}}
	e.loop.on.Store(c.Loop && in.Inbound)
	if !strings.Contains(c.Payload, "{n}") {
		e.fixed = fill(c.Payload, int(c.Size))
	}
	if c.Record == "" {
		return e, nil
	}
	file, err := os.OpenFile(c.recordPath(in.Setting), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	e.record = file
	return e, nil
}

func headerOf(attributes map[string]string) *sdk.Header {
	if len(attributes) == 0 {
		return nil
	}
	var list []sdk.Attribute
	for name, value := range attributes {
		list = append(list, sdk.Attribute{Name: name, Value: value})
	}
	return &sdk.Header{Attributes: sdk.NewAttributes(list...)}
}

// SetDirections lets the loop bring back what comes while routes read the mock.
func (e *endpoint) SetDirections(_ context.Context, inbound, _ bool) error {
	e.loop.on.Store(e.config.Loop && inbound)
	return nil
}

// Close closes the record.
func (e *endpoint) Close(context.Context, sdk.CloseReason) error {
	if e.record == nil {
		return nil
	}
	return e.record.Close()
}

// Inspect shows what went through the mock.
func (e *endpoint) Inspect() sdk.Inspection {
	return sdk.Inspection{Figures: []sdk.Figure{
		{Name: "made", Value: e.made.Load(), Counter: true},
		{Name: "settled", Value: e.settled.Load(), Counter: true},
		{Name: "received", Value: e.received.Load(), Counter: true},
		{Name: "received-bytes", Value: e.receivedBytes.Load(), Counter: true},
		{Name: "failed", Value: e.failed.Load(), Counter: true},
	}}
}
