// Package sdk is all that a plugin's author imports. A plugin is one call:
//
//	func main() { sdk.Main(sdk.Plugin{Name: "echo", Version: "1.0.0", Types: []sdk.Type{echo}}) }
//
// A Type is made by Endpoint or Marshalling from an id, a config struct and a function that opens an instance. What it
// opens is a Source, a Sink or both, and may implement any of the optional one-method interfaces of this package. The
// SDK does the rest: configuration and its schema, batching, credits, epochs, receipts, heartbeats, panics, and the
// end of the process when the hub is gone.
package sdk
