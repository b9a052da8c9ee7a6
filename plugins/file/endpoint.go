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
	sink sink
	tail tail
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
	e := &endpoint{sink: newSink(w, health{report: in.Report, log: in.Log})}
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

// Inspect gives the endpoint's figures.
func (e *endpoint) Inspect() sdk.Inspection {
	counter := func(name string, value uint64) sdk.Figure {
		return sdk.Figure{Name: name, Value: int64(value), Counter: true}
	}
	w, t := e.sink.writer, &e.tail
	return sdk.Inspection{Figures: []sdk.Figure{
		counter("written", w.written.Load()),
		counter("written-bytes", w.writtenBytes.Load()),
		{Name: "size", Value: w.occupied.Load()},
		counter("removed", w.removed.Load()),
		counter("removed-files", w.removedFiles.Load()),
		counter("repaired", w.repaired.Load()),
		counter("read", t.read.Load()),
		counter("bad-lines", t.bad.Load()),
		counter("dropped-attributes", t.dropped.Load()),
		counter("gaps", t.gaps.Load()),
	}}
}
