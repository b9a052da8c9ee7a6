package file

import (
	"context"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Plugin offers endpoint-file.
var Plugin = sdk.Plugin{Name: "file", Types: []sdk.Type{
	sdk.Endpoint("endpoint-file", "appends messages to files as JSON lines, and reads what is appended", capabilities, open),
}}

// endpoint is one folder: written, read, or both.
type endpoint struct {
	inbound, outbound bool
	sink              sink
	tail              tail
}

func open(_ context.Context, in sdk.Instance, c config) (sdk.Closer, error) {
	folder := c.folder(in.Setting)
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	w := &writer{
		folder: folder, segmentSize: int64(c.SegmentSize), maxSize: int64(c.MaxSize), refuse: c.WhenFull == fullRefuse,
		sync: c.Sync == syncWrite, log: in.Log, create: createFile,
	}
	e := &endpoint{inbound: in.Inbound, outbound: in.Outbound, sink: newSink(w, health{report: in.Report, log: in.Log})}
	if in.Outbound {
		if err := w.open(); err != nil {
			return nil, err
		}
	}
	e.tail = tail{folder: folder, name: in.Name, keep: c.Reserved == reservedKeep, log: in.Log, report: in.Report}
	if in.Inbound && c.From != fromStart {
		if err := e.tail.skip(); err != nil {
			w.close()
			return nil, err
		}
	}
	return e, nil
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
	if w := e.sink.writer; e.outbound {
		counter("written", w.written.Load())
		counter("written-bytes", w.writtenBytes.Load())
		seen.Figures = append(seen.Figures, sdk.Figure{Name: "size", Value: w.occupied.Load()})
		counter("removed", w.removed.Load())
		counter("removed-files", w.removedFiles.Load())
		counter("repaired", w.repaired.Load())
	}
	if t := &e.tail; e.inbound {
		counter("read", t.read.Load())
		counter("bad-lines", t.bad.Load())
		counter("dropped-attributes", t.dropped.Load())
		counter("gaps", t.gaps.Load())
	}
	return seen
}
