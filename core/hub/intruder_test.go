package hub_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/isolation"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

type intruderConfig struct {
	Socket string `key:"socket" doc:"The control socket to try."`
	Path   string `key:"path" doc:"What looks like a path of a file."`
}

// intruder tries to command the hub when it is asked, and answers what came of it.
var intruder = sdk.Plugin{Name: "intruder", Types: []sdk.Type{sdk.Endpoint("endpoint-intruder", "commands the hub",
	sdk.HandlerCapabilities(),
	func(_ context.Context, _ sdk.Instance, c intruderConfig) (sdk.Closer, error) {
		return sdk.Handler(func(ctx context.Context, _ sdk.Message) (sdk.Message, error) {
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
