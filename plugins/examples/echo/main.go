// Command araldo-plugin-echo sends back what it is sent.
package main

import (
	"context"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

type config struct {
	Prefix string `key:"prefix" default:"" max:"64" doc:"What to put before each payload."`
}

func open(_ context.Context, _ sdk.Instance, c config) (sdk.Closer, error) {
	return sdk.Handler(func(_ context.Context, m sdk.Message) (sdk.Message, error) {
		return sdk.Message{Payload: append([]byte(c.Prefix), m.Payload...)}, nil
	}), nil
}

var plugin = sdk.Plugin{Name: "echo", Version: "1.0.0", Types: []sdk.Type{
	sdk.Endpoint("endpoint-echo", "sends back what it is sent", sdk.HandlerCapabilities(), open),
}}

func main() { sdk.Main(plugin) }
