package main

import (
	"context"
	"os/exec"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// externalName is the program that scripts have as an external plugin.
const externalName = "araldo-plugin-sink"

// external is an endpoint that takes all.
var external = sdk.Plugin{Name: "sink", Version: "1.0.0", Types: []sdk.Type{sdk.Endpoint("endpoint-sink", "takes all",
	sdk.Capabilities{Outbound: &sdk.Outbound{Confirm: core.ConfirmAccepted}},
	func(context.Context, sdk.Instance, struct{}) (sdk.Closer, error) { return all{}, nil },
)}}

type all struct{}

func (all) Send(context.Context, []sdk.Message) error { return nil }

func (all) Close(context.Context, sdk.CloseReason) error { return nil }

// whereIs VARIABLE PROGRAM sets it to the folder of a program.
func whereIs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: whereis VARIABLE PROGRAM")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	ts.Setenv(args[0], filepath.Dir(path))
}
