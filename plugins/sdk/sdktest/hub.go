package sdktest

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// patience is how long the suite waits for something that must happen.
var patience = 10 * time.Second

// Hub is the hub's side of one plugin, driven by hand. Its calls end with the test.
type Hub struct {
	// Client makes calls that Hub has no method for.
	Client pluginv1.PluginServiceClient
	ctx    context.Context
}

// InMemory serves a plugin in this process until the test ends. Its log goes to the test's.
func InMemory(t T, p sdk.Plugin) *Hub {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	ctx, stop := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	served := make(chan error, 1)
	go func() { served <- sdk.Serve(ctx, listener, log, p) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return newHub(t, func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) })
}

func newHub(t T, dial func(context.Context, string) (net.Conn, error)) *Hub {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///plugin",
		grpc.WithContextDialer(dial),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStaticStreamWindowSize(wire.Window),
		grpc.WithStaticConnWindowSize(wire.Window),
		grpc.WithIdleTimeout(0),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(wire.Codec{}), grpc.WaitForReady(true),
			grpc.MaxCallRecvMsgSize(wire.FrameLimit), grpc.MaxCallSendMsgSize(wire.FrameLimit)),
	)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() {
		stop()
		_ = conn.Close()
	})
	return &Hub{Client: pluginv1.NewPluginServiceClient(conn), ctx: ctx}
}

// Instance is one entry of a configuration.
type Instance struct {
	Name, ID string
	// Config is the instance's own keys, one JSON object.
	Config      string
	Incarnation uint64
	Disabled    bool
	// BaseDir is where relative paths start; ServerPort the default port.
	BaseDir    string
	ServerPort int
	MaxMessage int
}

func (i Instance) wire() *pluginv1.InstanceConfig {
	return &pluginv1.InstanceConfig{
		Name: i.Name, Id: i.ID, ConfigJson: []byte(i.Config),
		Environment: &pluginv1.Environment{ServerPort: uint32(i.ServerPort), Bind: "127.0.0.1",
			MaxMessage: uint32(i.MaxMessage), BaseDir: i.BaseDir},
	}
}

func (h *Hub) deadline() (context.Context, context.CancelFunc) {
	return context.WithTimeout(h.ctx, patience)
}

// Info is what the plugin says about itself.
func (h *Hub) Info(t T) core.PluginInfo {
	t.Helper()
	ctx, cancel := h.deadline()
	defer cancel()
	info, err := h.Client.GetInfo(ctx, &pluginv1.GetInfoRequest{})
	if err != nil {
		t.Fatalf("GetInfo: %v", err)
	}
	return wire.FromInfo(info)
}

// Validate is what the plugin says about a configuration.
func (h *Hub) Validate(t T, i Instance) core.Assessment {
	t.Helper()
	ctx, cancel := h.deadline()
	defer cancel()
	a, err := h.Client.ValidateConfig(ctx, &pluginv1.ValidateConfigRequest{Instance: i.wire()})
	if err != nil {
		t.Fatalf("ValidateConfig: %v", err)
	}
	return wire.FromAssessment(a)
}

// Open opens an instance with both directions and closes it when the test ends.
func (h *Hub) Open(t T, i Instance) error {
	t.Helper()
	ctx, cancel := h.deadline()
	defer cancel()
	_, err := h.Client.Open(ctx, &pluginv1.OpenRequest{
		Instance: i.wire(), Incarnation: max(i.Incarnation, 1), Enabled: !i.Disabled, Inbound: true, Outbound: true,
	})
	if err == nil {
		t.Cleanup(func() { _ = h.Close(i.Name) })
	}
	return err
}

// SetEnabled switches an instance.
func (h *Hub) SetEnabled(name string, enabled bool) error {
	ctx, cancel := h.deadline()
	defer cancel()
	_, err := h.Client.SetEnabled(ctx, &pluginv1.SetEnabledRequest{Name: name, Enabled: enabled})
	return err
}

// SetDirections says which directions routes use from now on.
func (h *Hub) SetDirections(name string, inbound, outbound bool) error {
	ctx, cancel := h.deadline()
	defer cancel()
	_, err := h.Client.SetDirections(ctx, &pluginv1.SetDirectionsRequest{Name: name, Inbound: inbound, Outbound: outbound})
	return err
}

// Drain ends one direction of an instance.
func (h *Hub) Drain(name string, direction core.Direction) error {
	ctx, cancel := h.deadline()
	defer cancel()
	return h.drain(ctx, name, direction)
}

func (h *Hub) drain(ctx context.Context, name string, direction core.Direction) error {
	_, err := h.Client.Drain(ctx, &pluginv1.DrainRequest{Name: name, Direction: pluginv1.Direction(direction)})
	return err
}

// Close ends an instance.
func (h *Hub) Close(name string) error {
	ctx, cancel := h.deadline()
	defer cancel()
	_, err := h.Client.Close(ctx, &pluginv1.CloseRequest{Name: name, Reason: pluginv1.CloseReason_CLOSE_REASON_SHUTDOWN})
	return err
}

// Inspect reads an instance's figures by name.
func (h *Hub) Inspect(t T, name string) map[string]int64 {
	t.Helper()
	ctx, cancel := h.deadline()
	defer cancel()
	seen, err := h.Client.Inspect(ctx, &pluginv1.InspectRequest{Name: name})
	if err != nil {
		t.Fatalf("Inspect: %v", err)
	}
	figures := make(map[string]int64)
	for _, f := range seen.Figures {
		figures[f.Name] = f.Value
	}
	return figures
}

// typeInfo finds what the plugin says about an id.
func (h *Hub) typeInfo(t T, id string) core.TypeInfo {
	t.Helper()
	for _, typ := range h.Info(t).Types {
		if typ.ID == id {
			if !json.Valid(typ.Schema) {
				t.Fatalf("the schema of %s is not JSON: %s", id, typ.Schema)
			}
			return typ
		}
	}
	t.Fatalf("the plugin has no id %s", id)
	return core.TypeInfo{}
}
