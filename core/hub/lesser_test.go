package hub_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// lesser is a mock that takes messages and confirms nothing.
var lesser = sdk.Plugin{Name: "mock", Types: []sdk.Type{sdk.Endpoint("endpoint-mock", "can do less",
	sdk.Capabilities{
		Inbound:  &sdk.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending, Pausable: true},
		Outbound: &sdk.Outbound{},
	},
	func(context.Context, sdk.Instance, struct{}) (sdk.Closer, error) {
		return nil, errors.New("nothing must open it")
	},
)}}

// A program that can do less than routes were made for never takes over: not by an upgrade, not by a reload, not because
// the old one ended.
//
// fault: B18 F12
func TestAProgramThatCanDoLessIsNotTaken(t *testing.T) {
	programs := installed(t, "mock")
	other := filepath.Join(t.TempDir(), externalPrefix+"lesser")
	if err := os.Link(programs.originals[0], other); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  programs: {mock: {sandbox: off}}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: "{n}", ack: true}
    - {name: sink, id: endpoint-mock, record: %q}
routes:
  load: [sink]
`, programs.dir, record))
	const why = "it changed what endpoint-mock can do (confirm persisted -> none): restart the hub to take it"
	before := r.plugin("mock")
	programs.spoil("mock", "exec "+other)
	if err := r.RestartPlugin(t.Context(), "mock"); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("an upgrade: %v", err)
	}
	if done := r.adopt(r.cfg, false); done.OK || !strings.Contains(done.Error, why) {
		t.Errorf("a reload: %+v", done)
	}
	if now := r.plugin("mock"); now.PID != before.PID || now.State != "ready" || now.Restarts != before.Restarts {
		t.Errorf("before %+v, now %+v", before, now)
	}
	delivered := r.outlet("load", "sink").Account.Delivered
	eventually(t, "messages flow on", func() bool { return r.outlet("load", "sink").Account.Delivered > delivered+50 })

	kill(t, before.PID)
	eventually(t, "status says why it does not come back", func() bool {
		return strings.Contains(r.plugin("mock").LastError, why) && strings.Contains(r.endpoint("sink").Cause, why)
	})
	programs.upgrade("mock")
	r.back("mock", before.PID)
	delivered = r.outlet("load", "sink").Account.Delivered
	eventually(t, "messages flow again", func() bool { return r.outlet("load", "sink").Account.Delivered > delivered+50 })
	if dropped := r.outlet("load", "sink").Account.Dropped; len(dropped) > 0 {
		t.Errorf("dropped: %v", dropped)
	}
}
