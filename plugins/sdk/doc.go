// Package sdk is all that a plugin's author imports. A plugin is one call:
//
//	func main() { sdk.Main(sdk.Plugin{Name: "echo", Version: "1.0.0", Types: []sdk.Type{echo}}) }
//
// A Type is made by Endpoint or Marshalling from an id, a config struct and a function that opens an instance. What it
// opens is a Source, a Sink or both, and may implement any of the optional one-method interfaces of this package. The
// SDK does the rest: configuration and its schema, batching, credits, epochs, receipts, heartbeats, panics, and the
// end of the process when the hub is gone. plugins/examples/echo is a whole plugin.
//
// An endpoint that answers its messages is one function: see Handler, and Tasks for one for each type of message. What an
// endpoint may ask about other parts of its hub is Instance.Ask.
//
// An error of this package's that is the author's own says which method broke which rule; the rules stand at the interfaces.
// Package sdktest holds a plugin to them, `araldo plugins test PATH` does it over the wire. Run by hand a program explains
// itself; --describe prints what it offers as JSON, and --listen SOCKET serves a hub whose configuration says
// `reattach: SOCKET`, so that it can run in a debugger.
package sdk
