package sdk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/araldo-relay/araldo/core/tuning"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// orphanLimit bounds the closing of all instances once the hub is gone.
const orphanLimit = time.Second

// Main serves the plugin and does not return. It is the whole main function of a plugin. The process ends when its
// standard input ends, which is when the hub is gone; it ignores SIGTERM and SIGINT, because the hub drains it first.
// Run by hand it explains itself and exits with 2; with --describe it prints what it offers as JSON, with --listen SOCKET
// it serves hubs whose configuration says `reattach`, such as from a debugger.
func Main(p Plugin) {
	// Serve puts a pipe in os.Stderr's place; the hub reads the real one.
	output := os.Stderr
	if os.Getenv(wire.Handshake.MagicCookieKey) != wire.Handshake.MagicCookieValue {
		os.Exit(byHand(p, os.Args, os.Stdout, output))
	}
	signal.Ignore(syscall.SIGTERM, os.Interrupt)
	tuning.RaiseHeapFloor()
	tuning.ScaleProcessors()
	s, from := newServer(p, newLog(output)), callers()
	go endWithInput(os.Stdin, s)
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: wire.Handshake,
		Plugins:         goplugin.PluginSet{wire.PluginKey: served{server: s}},
		GRPCServer:      func(more []grpc.ServerOption) *grpc.Server { return newGRPCServer(from, more) },
		Logger:          hclog.NewNullLogger(),
	})
	s.closeAll(orphanLimit)
	os.Exit(0)
}

// endWithInput ends the process once its input ends.
func endWithInput(input io.Reader, s *server) {
	_, _ = io.Copy(io.Discard, input)
	s.closeAll(orphanLimit)
	os.Exit(0)
}

// Serve serves the plugin on a listener until ctx ends, in this process: for tests, and for programs that speak to
// their plugin directly. It closes the listener and all instances before it returns.
func Serve(ctx context.Context, on net.Listener, log *slog.Logger, p Plugin) error {
	return serve(ctx, on, newServer(p, log))
}

func serve(ctx context.Context, on net.Listener, s *server, more ...grpc.ServerOption) error {
	g := newGRPCServer(wire.Credentials(), more)
	pluginv1.RegisterPluginServiceServer(g, s)
	stop := context.AfterFunc(ctx, func() {
		s.closeAll(orphanLimit)
		g.Stop()
	})
	defer stop()
	if err := g.Serve(on); err != nil {
		return fmt.Errorf("serve plugin %s: %w", s.plugin.Name, err)
	}
	return nil
}

// newGRPCServer has the limits of the protocol.
func newGRPCServer(from credentials.TransportCredentials, more []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(more,
		grpc.Creds(from),
		grpc.ForceServerCodecV2(wire.Codec{}),
		grpc.StaticStreamWindowSize(wire.Window),
		grpc.StaticConnWindowSize(wire.Window),
		grpc.MaxRecvMsgSize(wire.FrameLimit),
		grpc.MaxSendMsgSize(wire.FrameLimit),
	)...)
}

// newLog writes one JSON object per line, which the hub reads.
func newLog(output io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(output, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// served is the plugin in go-plugin's words.
type served struct {
	goplugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer registers the service.
func (s served) GRPCServer(_ *goplugin.GRPCBroker, g *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(g, s.server)
	return nil
}

// GRPCClient is the hub's side, which does not go through here.
func (s served) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("plugin %s: the client's side is the hub's", s.server.plugin.Name)
}
