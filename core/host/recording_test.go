package host

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path"
	"path/filepath"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Recordings of what a hub and a plugin said to each other are kept as they were made, one file for each version that
// something was built with, and are played to the hub and the SDK of today. Never make one anew: make another one, by
//
//	HOST_TEST_RECORD=$PWD/core/host/testdata/NAME.jsonl go test -run TestASessionIsAsRecorded ./core/host
const recordVariable = "HOST_TEST_RECORD"

// spoken is one message of a call, as it crossed.
type spoken struct {
	RPC  string `json:"rpc"`
	From string `json:"from"` // hub or plugin
	Wire []byte `json:"wire"`
}

// recorder passes calls on to a plugin and writes down what is said.
type recorder struct {
	plugin *grpc.ClientConn
	mu     sync.Mutex
	to     *json.Encoder
}

func (r *recorder) note(rpc, from string, text raw) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.to.Encode(spoken{rpc, from, text}); err != nil {
		panic(err)
	}
}

// handle serves any call.
func (r *recorder) handle(_ any, hub grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(hub)
	plugin, err := r.plugin.NewStream(hub.Context(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	go func() {
		for {
			var text raw
			if hub.RecvMsg(&text) != nil {
				_ = plugin.CloseSend()
				return
			}
			r.note(path.Base(method), "hub", text)
			_ = plugin.SendMsg(&text)
		}
	}()
	for {
		var text raw
		if err := plugin.RecvMsg(&text); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		r.note(path.Base(method), "plugin", text)
		if err := hub.SendMsg(&text); err != nil {
			return err
		}
	}
}

// raw is a message that stays as it is.
type raw []byte

// rawCodec leaves raw messages alone; go-plugin's own are as ever.
type rawCodec struct{ wire.Codec }

func (c rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if text, is := v.(*raw); is {
		return mem.BufferSlice{mem.SliceBuffer(*text)}, nil
	}
	return c.Codec.Marshal(v)
}

func (c rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	if text, is := v.(*raw); is {
		*text = data.Materialize()
		return nil
	}
	return c.Codec.Unmarshal(data, v)
}

// unregistered is a plugin whose calls are all served by the handler of unknown ones.
type unregistered struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (unregistered) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error { return nil }
func (unregistered) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

// serveRaw makes this process a plugin that handles calls as they cross.
func serveRaw(handle grpc.StreamHandler) {
	go hang()
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: wire.Handshake,
		Plugins:         goplugin.PluginSet{wire.PluginKey: unregistered{}},
		Logger:          hclog.NewNullLogger(),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.ForceServerCodecV2(rawCodec{}), grpc.UnknownServiceHandler(handle))...)
		},
	})
}

// serveRecordings makes this process a plugin that is recorded, or that plays a recording, where it was started as one.
func serveRecordings() {
	if file := os.Getenv("HOST_TEST_RECORDED"); file != "" {
		to, err := os.Create(file)
		if err != nil {
			panic(err)
		}
		socket := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "echo")
		connection, err := dialRaw(serveEcho(context.Background(), socket))
		if err != nil {
			panic(err)
		}
		serveRaw((&recorder{plugin: connection, to: json.NewEncoder(to)}).handle)
	}
	if file := os.Getenv("HOST_TEST_PLAYED"); file != "" {
		serveRaw((&player{lines: readRecording(file), newer: os.Getenv("HOST_TEST_NEWER") != ""}).handle)
	}
}

// echo is the plugin of the recordings: an endpoint that brings back what it is sent.
type echo struct{ heard chan []byte }

type echoConfig struct {
	Prefix string `key:"prefix" default:"echo" doc:"Put before each."`
}

var echoPlugin = sdk.Plugin{Name: "echo", Version: "1.0.0", Types: []sdk.Type{
	sdk.Endpoint("endpoint-echo", "brings back what it is sent",
		sdk.Capabilities{Inbound: &sdk.Inbound{Pausable: true}, Outbound: &sdk.Outbound{Confirm: sdk.ConfirmWritten}},
		func(_ context.Context, _ sdk.Instance, c echoConfig) (sdk.Closer, error) {
			return &prefixed{echo{make(chan []byte, 100)}, c.Prefix}, nil
		}),
}}

type prefixed struct {
	echo
	prefix string
}

func (p *prefixed) Send(_ context.Context, messages []sdk.Message) error {
	for i := range messages {
		p.heard <- fmt.Append(nil, p.prefix, " ", string(messages[i].Payload))
	}
	return nil
}

func (p *prefixed) Receive(ctx context.Context, emit sdk.Emit) error {
	for {
		select {
		case payload := <-p.heard:
			if err := emit(ctx, []sdk.Message{{Payload: payload}}); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *prefixed) Close(context.Context, sdk.CloseReason) error { return nil }

// serveEcho serves the plugin of today's SDK at a socket, which it returns, until ctx ends.
func serveEcho(ctx context.Context, socket string) string {
	on, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	go func() { _ = sdk.Serve(ctx, on, slog.New(slog.DiscardHandler), echoPlugin) }()
	return socket
}

func dialRaw(socket string) (*grpc.ClientConn, error) {
	return grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(wire.Credentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{})))
}

// readRecording reads a file of testdata.
func readRecording(file string) []spoken {
	from, err := os.Open(file)
	if err != nil {
		panic(err)
	}
	defer from.Close()
	var lines []spoken
	for decoder := json.NewDecoder(from); ; {
		var line spoken
		if decoder.Decode(&line) != nil {
			return lines
		}
		lines = append(lines, line)
	}
}

// session is what hub and plugin do in each recording: five messages there, and five back.
func session(t *testing.T, variables ...string) {
	t.Helper()
	f := newFixture(t)
	p := f.start(t, testSpec(t, "", variables...))
	info := p.Info()
	if info.Name != "echo" || len(info.Types) != 1 || info.Types[0].ID != "endpoint-echo" || info.Types[0].Capabilities.Inbound == nil {
		t.Fatalf("info %+v", info)
	}
	instance := Instance{Name: "one", ID: "endpoint-echo", Config: []byte(`{}`), Inbound: true, Outbound: true, Enabled: true}
	if a, err := p.Validate(t.Context(), instance); err != nil || len(a.Diagnostics) != 0 || a.Capabilities.Outbound == nil {
		t.Fatalf("assessment %+v, %v", a, err)
	}
	in, out := &inlet{}, &outlet{}
	e := p.Add(instance, in)
	e.AddLane(laneOptions, out)
	if err := e.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		out.sendAll(t, fmt.Sprint(n))
		eventually(t, "what comes back", func() bool { return in.count() == n+1 })
	}
	eventually(t, "all is settled", func() (is bool) { out.read(func() { is = out.settled == 5 }); return })
	if got := in.payloads(); got != "echo 0 echo 1 echo 2 echo 3 echo 4" {
		t.Errorf("it brought %s", got)
	}
	if len(e.Status().Rejected) != 0 || len(out.downs()) != 0 {
		t.Errorf("rejected %v, streams ended %v", e.Status().Rejected, out.downs())
	}
	if err := e.Close(t.Context(), CloseRemoved); err != nil {
		t.Error(err)
	}
	p.Stop(t.Context())
}
