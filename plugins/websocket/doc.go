// Package websocket is the endpoint of browsers: a WebSocket server (RFC 6455). Several endpoints share a port at
// different paths.
//
// The files follow the life of a connection: port.go listens, upgrade.go refuses or lets in, conn.go owns a connection
// from the handshake to its end, reader.go brings its messages to the hub, broadcast.go and outbox.go queue messages
// for it and writer.go writes them.
package websocket
