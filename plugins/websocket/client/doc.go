// Package client is the endpoint that connects to a foreign WebSocket server (RFC 6455).
//
// The files follow a connection: config.go and target.go say where to, dial.go makes the handshake, session.go is the
// connection, wire.go gathers what is written to it, reader.go brings its messages to the hub through intake.go,
// sender.go takes the hub's to it, and endpoint.go keeps one connection standing and health.go tells how that goes.
package client
