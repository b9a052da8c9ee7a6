package file

import (
	"context"
	"sync/atomic"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Plugin offers endpoint-file.
var Plugin = sdk.Plugin{Name: "file", Types: []sdk.Type{
	sdk.Endpoint("endpoint-file", "appends messages to files as JSON lines, and reads what is appended", capabilities, open),
}}

// endpoint is one folder: written, read, or both.
type endpoint struct {
	sink sink
	tail tail
	// skips: reading begins at the end of what is there.
	skips bool
	// inbound: routes read it. outbound: routes write to it, or did: the folder is held from then on.
	inbound, outbound atomic.Bool
}

func open(ctx context.Context, in sdk.Instance, c config) (sdk.Closer, error) {
	folder := c.folder(in.Setting)
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	w := &writer{
		folder: folder, segmentSize: int64(c.SegmentSize), maxSize: int64(c.MaxSize), refuse: c.WhenFull == fullRefuse,
		sync: c.Sync == syncWrite, log: in.Log, create: createFile,
	}
	e := &endpoint{sink: newSink(w, health{report: in.Report, log: in.Log}), skips: c.From != fromStart}
	e.tail = tail{folder: folder, name: in.Name, keep: c.Reserved == reservedKeep, log: in.Log, report: in.Report}
	if err := e.SetDirections(ctx, in.Inbound, in.Outbound); err != nil {
		w.close()
		return nil, err
	}
	return e, nil
}

// SetDirections opens what directions need that begin. What was opened before stays so.
func (e *endpoint) SetDirections(_ context.Context, inbound, outbound bool) error {
	if outbound && !e.outbound.Load() {
		if err := e.sink.writer.open(); err != nil {
			return err
		}
		e.outbound.Store(true)
	}
	if inbound && !e.inbound.Load() && e.skips {
		if err := e.tail.skip(); err != nil {
			return err
		}
	}
	e.inbound.Store(inbound)
	return nil
}

// Send appends the messages to the folder.
func (e *endpoint) Send(ctx context.Context, messages []sdk.Message) error {
	return e.sink.send(ctx, messages)
}

// Receive reads what is appended to the folder, until ctx ends.
func (e *endpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	return e.tail.receive(ctx, emit)
}

// Close lets the folder go.
func (e *endpoint) Close(ctx context.Context, _ sdk.CloseReason) error {
	return e.sink.close(ctx)
}

// Inspect gives the figures of the directions that routes use.
func (e *endpoint) Inspect() sdk.Inspection {
	var seen sdk.Inspection
	counter := func(name string, value uint64) {
		seen.Figures = append(seen.Figures, sdk.Figure{Name: name, Value: int64(value), Counter: true})
	}
	if w := e.sink.writer; e.outbound.Load() {
		counter("written", w.written.Load())
		counter("written-bytes", w.writtenBytes.Load())
		seen.Figures = append(seen.Figures, sdk.Figure{Name: "size", Value: w.occupied.Load()})
		counter("removed", w.removed.Load())
		counter("removed-files", w.removedFiles.Load())
		counter("repaired", w.repaired.Load())
	}
	if t := &e.tail; e.inbound.Load() {
		counter("read", t.read.Load())
		counter("bad-lines", t.bad.Load())
		counter("dropped-attributes", t.dropped.Load())
		counter("gaps", t.gaps.Load())
	}
	return seen
}
