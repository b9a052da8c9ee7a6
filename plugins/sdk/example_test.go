package sdk_test

import (
	"bytes"
	"context"
	"errors"
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

// An endpoint that answers: the reply goes to who asked. HandlerCapabilities are what such an endpoint can do.
func ExampleHandler() {
	upper := sdk.Endpoint("endpoint-upper", "answers in capitals", sdk.HandlerCapabilities(),
		func(context.Context, sdk.Instance, struct{}) (sdk.Closer, error) {
			return sdk.Handler(func(_ context.Context, m sdk.Message) (sdk.Message, error) {
				return sdk.Message{Payload: bytes.ToUpper(m.Payload)}, nil
			}), nil
		})
	fmt.Println(upper.ID())
	// Output: endpoint-upper
}

// One function for each type of message, which stands in the payload; others are answered with an error.
func ExampleTasks() {
	tasks := sdk.Tasks(sdk.TypeMember("task"), map[string]sdk.Handle{
		"greet": func(_ context.Context, m sdk.Message) (sdk.Message, error) {
			fmt.Printf("%s\n", m.Payload)
			return sdk.Message{}, nil // nobody is answered
		},
	})
	err := tasks.Send(context.Background(), []sdk.Message{{Payload: []byte(`{"task":"greet","name":"Ada"}`)}})
	fmt.Println(err)
	// Output:
	// {"task":"greet","name":"Ada"}
	// <nil>
}

// Messages of a Send that were not confirmed are named; the others are confirmed.
func ExampleSendError() {
	err := &sdk.SendError{Exceptions: []sdk.Exception{{Index: 3, Count: 1, Outcome: sdk.OutcomeFailed, Failure: &sdk.Failure{
		Class: sdk.FailurePermanent, Scope: sdk.ScopeMessage, Attempted: sdk.AttemptedYes, Detail: "the archive knows no such year",
	}}}}
	fmt.Println(err)
	// Output: the archive knows no such year
}

// An endpoint asks its hub about others: a look-up starts one that is disabled.
func ExampleHub_Lookup() {
	notify := func(ctx context.Context, in sdk.Instance) error {
		found, err := in.Ask.Lookup(ctx, "archive")
		switch {
		case errors.Is(err, sdk.ErrUnknown):
			return fmt.Errorf("the configuration has no archive: %w", err)
		case err != nil:
			return err
		}
		in.Log.Info("the archive was looked up", "state", found.State.String())
		return nil
	}
	_ = notify
}
