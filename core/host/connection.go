package host

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/araldo-relay/araldo/proto/wire"
)

// dial makes the connection to a plugin's socket. It stays in the hub's own folder, which is why it needs no TLS.
// Both window options are needed for gRPC to leave its bandwidth pings out.
func dial(path string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///plugin",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}),
		grpc.WithTransportCredentials(wire.Credentials()),
		grpc.WithStaticStreamWindowSize(wire.Window),
		grpc.WithStaticConnWindowSize(wire.Window),
		grpc.WithIdleTimeout(0),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(wire.Codec{}),
			grpc.MaxCallRecvMsgSize(wire.FrameLimit),
			grpc.MaxCallSendMsgSize(wire.FrameLimit),
		),
	)
}

// shutdown calls go-plugin's own way to end a process, for plugins that do not watch their standard input. The answer
// is of no interest: a plugin that obeys has often ended before it can answer.
func (p *process) shutdown(ctx context.Context) {
	_ = p.conn.Invoke(ctx, "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
}

// readStdio reads what a plugin that go-plugin serves prints after its handshake: it redirects the process's output
// into a call, and the process would stop at its next print if nobody read it. Other plugins answer that they have no
// such call.
func (p *process) readStdio() {
	stream, err := p.conn.NewStream(p.ctx, &grpc.StreamDesc{ServerStreams: true}, "/plugin.GRPCStdio/StreamStdio")
	if err != nil || stream.SendMsg(&emptypb.Empty{}) != nil || stream.CloseSend() != nil {
		return
	}
	outputs := map[uint64]*lineWriter{}
	for {
		var data emptypb.Empty
		if stream.RecvMsg(&data) != nil {
			break
		}
		channel, text := parseStdio(data.ProtoReflect().GetUnknown())
		if channel > 2 {
			continue
		}
		if outputs[channel] == nil {
			outputs[channel] = &lineWriter{journal: p.child.journal}
		}
		_, _ = outputs[channel].Write(text)
	}
	for _, w := range outputs {
		w.flush()
	}
}

// parseStdio reads go-plugin's StdioData: field 1 says which output, field 2 is the text.
func parseStdio(b []byte) (channel uint64, text []byte) {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return channel, text
		}
		b = b[n:]
		switch {
		case number == 1 && kind == protowire.VarintType:
			channel, n = protowire.ConsumeVarint(b)
		case number == 2 && kind == protowire.BytesType:
			text, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if n < 0 {
			return channel, nil
		}
		b = b[n:]
	}
	return channel, text
}
