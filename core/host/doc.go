// Package host runs plugins as processes and presents them to the hub: it starts and supervises them, opens endpoints
// on them, and moves batches between an endpoint's gRPC stream and the rest of the hub.
//
// A Host starts Plugins; a Plugin has Endpoints; an Endpoint feeds one Inlet and serves any number of lanes. Whatever
// comes from a plugin is treated as untrusted: it can lose its own stream or process, never the hub.
//
// The way through the files: host, spec, runner, handshake, process, connection (one life of a process); journal,
// logline (what it prints); plugin, supervisor, restarts, stamp, successor (many lives); instance, endpoint, attachment,
// status; stream, roster, writer, lane, reader, inbound, header, ticket, grant, settling, refusal (its messages).
package host
