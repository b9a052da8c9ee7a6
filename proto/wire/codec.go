package wire

import (
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// Codec is the gRPC codec (encoding.CodecV2) of both sides. It answers to the name `proto`, so that plugins in other
// languages see nothing unusual; it uses generated code where a message has it and the protobuf library elsewhere,
// which go-plugin's own services need. Send buffers are pooled; received frames are ordinary memory that messages may
// alias for as long as they live.
type Codec struct{}

// frames pools send buffers. gRPC's own pool has nothing between 32 KiB and 1 MiB, where most full frames are.
var frames = mem.NewTieredBufferPool(256, 1<<10, 4<<10, 16<<10, 32<<10, 64<<10, 128<<10, 256<<10, 512<<10, 1<<20, 2<<20, FrameLimit)

// vtMessage is a message with generated vtprotobuf code.
type vtMessage interface {
	SizeVT() int
	MarshalToSizedBufferVT([]byte) (int, error)
	UnmarshalVTUnsafe([]byte) error
}

// Name is `proto`, the content subtype of gRPC's own codec.
func (Codec) Name() string { return "proto" }

// Marshal encodes v into a pooled buffer, which gRPC frees when it is written.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	switch m := v.(type) {
	case vtMessage:
		size := m.SizeVT()
		buf := frames.Get(size)
		if _, err := m.MarshalToSizedBufferVT((*buf)[:size]); err != nil {
			frames.Put(buf)
			return nil, fmt.Errorf("encode %T: %w", v, err)
		}
		return mem.BufferSlice{mem.NewBuffer(buf, frames)}, nil
	case proto.Message:
		b, err := proto.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("encode %T: %w", v, err)
		}
		return mem.BufferSlice{mem.SliceBuffer(b)}, nil
	}
	return nil, fmt.Errorf("encode %T: not a protobuf message", v)
}

// Unmarshal decodes into v. What v holds afterwards aliases memory that belongs to v alone.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	switch m := v.(type) {
	case vtMessage:
		return m.UnmarshalVTUnsafe(data.Materialize())
	case proto.Message:
		return proto.Unmarshal(data.Materialize(), m)
	}
	return fmt.Errorf("decode %T: not a protobuf message", v)
}
