package sdk_test

import (
	"context"
	"fmt"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// greeter is all of a plugin: a configuration, a source and a sink. Its main function is sdk.Main(greeterPlugin).
type greeter struct {
	config greeterConfig
	heard  chan string
}

type greeterConfig struct {
	Greeting string `key:"greeting" default:"hello" max:"64" doc:"What to say first."`
}

func (g *greeter) Receive(ctx context.Context, emit sdk.Emit) error {
	for {
		select {
		case name := <-g.heard:
			message := sdk.Message{Payload: fmt.Append(nil, g.config.Greeting, ", ", name)}
			if err := emit(ctx, []sdk.Message{message}); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (g *greeter) Send(ctx context.Context, messages []sdk.Message) error {
	for i := range messages {
		select {
		case g.heard <- string(messages[i].Payload):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (g *greeter) Close(context.Context, sdk.CloseReason) error { return nil }

var greeterPlugin = sdk.Plugin{Name: "greeter", Version: "1.0.0", Types: []sdk.Type{
	sdk.Endpoint("endpoint-greeter", "greets everyone it hears of",
		sdk.Capabilities{Inbound: &sdk.Inbound{Pausable: true}, Outbound: &sdk.Outbound{Confirm: sdk.ConfirmWritten}},
		func(_ context.Context, _ sdk.Instance, c greeterConfig) (sdk.Closer, error) {
			return &greeter{config: c, heard: make(chan string, 100)}, nil
		}),
}}

// A plugin's program is one call.
func ExampleMain() {
	main := func() { sdk.Main(greeterPlugin) }
	_ = main
}
