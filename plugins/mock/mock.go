// Package mock is the plugin for tests and first steps: its endpoints make messages by themselves, remember what they
// are sent, and misbehave when the configuration tells them to.
package mock

import (
	"context"
	"crypto/rand"
	"errors"
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
	record   *os.File    // nil without `record`
	began    time.Time   // when the first Receive was called
	run      [8]byte     // begins the ids of messages with a window
	window   *window     // nil without `window`
	teller   *teller     // nil without `tell`
	latency  *latency    // nil without `latency`
	header   *sdk.Header // of every message made, nil without `attributes`
	fixed    []byte      // every message's payload, nil where it holds the number
	again    returned
	loop     loop
	failures failures
	outage   outage

	made, received, receivedBytes, failed, settled atomic.Int64
}

func open(_ context.Context, in sdk.Instance, c config) (sdk.Closer, error) {
	e := &endpoint{config: c, instance: in, again: returned{some: make(chan struct{}, 1)},
		header: headerOf(c.Attributes), loop: loop{handed: make(chan struct{})}}
	e.loop.on.Store(c.Loop && in.Inbound)
	if c.Latency {
		e.latency = &latency{}
	}
	if c.Tell != "" {
		e.teller = &teller{path: place(in.Setting, c.Tell)}
	}
	if err := e.openFiles(); err != nil {
		return nil, errors.Join(err, e.closeFiles())
	}
	if !strings.Contains(e.config.Payload, "{n}") {
		e.fixed = fill(e.config.Payload, int(c.Size))
	}
	return e, nil
}

// openFiles reads the payload and opens the record and the window.
func (e *endpoint) openFiles() error {
	c, setting := &e.config, e.instance.Setting
	if c.File != "" {
		text, err := os.ReadFile(place(setting, c.File))
		if err != nil {
			return err
		}
		c.Payload = string(text)
	}
	if c.Record != "" {
		file, err := os.OpenFile(place(setting, c.Record), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		e.record = file
	}
	if c.Window == nil {
		return nil
	}
	_, _ = rand.Read(e.run[:]) // never fails
	window, err := openWindow(c.Window, setting)
	e.window = window
	return err
}

// closeFiles ends what openFiles and Send opened.
func (e *endpoint) closeFiles() error {
	var err error
	if e.record != nil {
		err = e.record.Close()
	}
	if e.window != nil {
		err = errors.Join(err, e.window.close())
	}
	if e.teller != nil {
		err = errors.Join(err, e.teller.close())
	}
	return err
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

// Close closes the files.
func (e *endpoint) Close(context.Context, sdk.CloseReason) error { return e.closeFiles() }

// Inspect shows what went through the mock.
func (e *endpoint) Inspect() sdk.Inspection {
	figures := []sdk.Figure{
		{Name: "made", Value: e.made.Load(), Counter: true},
		{Name: "settled", Value: e.settled.Load(), Counter: true},
		{Name: "received", Value: e.received.Load(), Counter: true},
		{Name: "received-bytes", Value: e.receivedBytes.Load(), Counter: true},
		{Name: "failed", Value: e.failed.Load(), Counter: true},
	}
	if e.latency != nil {
		figures = append(figures, e.latency.figures()...)
	}
	return sdk.Inspection{Figures: figures}
}
