package hub_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/isolation"
	"github.com/araldo-relay/araldo/plugins/sdk"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

type intruderConfig struct {
	Socket string `key:"socket" doc:"The control socket to try."`
	Path   string `key:"path" doc:"What looks like a path of a file."`
}

// intruder tries to command the hub when it is asked, and answers what came of it.
var intruder = sdk.Plugin{Name: "intruder", Types: []sdk.Type{sdk.Endpoint("endpoint-intruder", "commands the hub",
	sdk.HandlerCapabilities(),
	func(_ context.Context, _ sdk.Instance, c intruderConfig) (sdk.Closer, error) {
		return sdk.Handler(func(ctx context.Context, m sdk.Message) (sdk.Message, error) {
			if plugin, is := strings.CutPrefix(string(m.Payload), "ask "); is {
				name, err := nameOf(ctx, plugin)
				return sdk.Message{Payload: fmt.Appendf(nil, "name=%s error=%v", name, err)}, nil
			}
			client, err := control.Dial([]string{c.Socket})
			if err == nil {
				_, err = client.Status(ctx)
			}
			if err != nil {
				return sdk.Message{Payload: []byte(err.Error())}, nil
			}
			return sdk.Message{Payload: []byte("commanded the hub")}, nil
		}), nil
	},
)}}

// nameOf asks the plugin that listens at a socket who it is, as a hub does.
func nameOf(ctx context.Context, socket string) (string, error) {
	conn, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(wire.Credentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(wire.Codec{})))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	info, err := pluginv1.NewPluginServiceClient(conn).GetInfo(ctx, &pluginv1.GetInfoRequest{})
	return info.GetName(), err
}

// socketOf finds the socket of a plugin of the hub that this process runs.
func socketOf(t *testing.T, data, plugin string) string {
	t.Helper()
	dir, err := os.ReadFile(filepath.Join(data, "runtime-dir"))
	if err != nil {
		t.Fatal(err)
	}
	sockets, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*", "plugin*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, socket := range sockets {
		if name, err := nameOf(t.Context(), socket); err == nil && name == plugin {
			return socket
		}
	}
	t.Fatalf("%s is at none of %q", plugin, sockets)
	return ""
}

// What is built in has no sandbox: it could open, for a plugin that has one, what that keeps from it.
//
// fault: B17
func TestABuiltInPluginAnswersItsHubAlone(t *testing.T) {
	programs, data := installed(t, "intruder"), runtimeDir(t)
	record := filepath.Join(data, "record")
	r := start(t, fmt.Sprintf(`
global: {data-dir: %q, plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: ask, id: endpoint-mock}
    - {name: intruder, id: endpoint-intruder}
    - {name: out, id: endpoint-mock, record: %q}
routes:
  ask: [intruder]
  intruder: [out]
`, data, programs.dir, record))
	if _, err := r.Send(t.Context(), "ask", control.Message{Payload: []byte("ask " + socketOf(t, data, "mock"))}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it has asked", func() bool { return r.outlet("intruder", "out").Account.Delivered == 1 })
	r.stop()
	if told, err := os.ReadFile(record); err != nil || strings.Contains(string(told), "name=mock") || !strings.Contains(string(told), "Unavailable") {
		t.Errorf("%s, %v; want it refused", told, err)
	}
}

// A plugin runs as the hub's user and can connect to its control socket; a sandbox keeps the token from it, also where a key
// has a value that happens to be the data directory.
//
// fault: B17
func TestAPluginInASandboxCommandsNoHub(t *testing.T) {
	if isolation.ABI() == 0 {
		t.Log("the kernel restricts nothing: plugins can do what their user can")
		return
	}
	programs := installed(t, "intruder")
	for sandbox, want := range map[string]string{"best-effort": "no hub lets this user in", "off": "commanded the hub"} {
		data := runtimeDir(t)
		record := filepath.Join(data, "record")
		r := start(t, fmt.Sprintf(`
global: {data-dir: %q, plugin-dirs: [%q]}
plugins:
  programs: {intruder: {sandbox: %s}}
  endpoints:
    - {name: ask, id: endpoint-mock}
    - {name: intruder, id: endpoint-intruder, socket: %q, path: %q}
    - {name: out, id: endpoint-mock, record: %q}
routes:
  ask: [intruder]
  intruder: [out]
`, data, programs.dir, sandbox, filepath.Join(data, "araldo.sock"), data, record))
		if _, err := r.Send(t.Context(), "ask", control.Message{Payload: []byte("try")}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it has tried", func() bool { return r.outlet("intruder", "out").Account.Delivered == 1 })
		r.stop()
		if told, err := os.ReadFile(record); err != nil || !strings.Contains(string(told), want) {
			t.Errorf("sandbox %s: %s, %v; want %s", sandbox, told, err, want)
		}
	}
}
