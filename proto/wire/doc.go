// Package wire translates between core's vocabulary and the messages of araldo.plugin.v1, for the hub and for the Go
// SDK alike, and holds what both sides of the wire must agree on. It checks shape only: what a value means, and whether
// to believe it, is for the caller.
package wire

import (
	"time"

	goplugin "github.com/hashicorp/go-plugin"
)

// The limits and intervals of the protocol, proto/README.md.
const (
	// FrameLimit is the largest frame in bytes; both sides set it.
	FrameLimit = 4 << 20
	// FrameTarget is where a writer ends a frame: well under FrameLimit, so that a last message of the largest size
	// and the rest of the frame still fit, and small enough to stay in a processor's cache on its way. Measured at
	// 1 KiB per message: 1 MiB costs a third more CPU time than 256 KiB, 64 KiB a tenth more.
	FrameTarget = 256 << 10
	// DefaultMaxMessage is the largest message in bytes, attributes included, unless global.max-message says else.
	DefaultMaxMessage = 1 << 20
	// Window is the static gRPC flow control window of streams and connections, bytes. Without it gRPC sizes windows
	// by pings, one per message at low rates.
	Window = 256 << 10
	// HeartbeatEvery is how often each side sends a heartbeat; after HeartbeatDead without any frame it is dead.
	HeartbeatEvery = 5 * time.Second
	HeartbeatDead  = 15 * time.Second
	// PluginKey is the one key of go-plugin's plugin set.
	PluginKey = "araldo"
)

// Handshake is what hub and plugin show each other first. The cookie is no secret: it tells a plugin that it was
// started by a hub and not by hand.
var Handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "ARALDO_PLUGIN_COOKIE",
	MagicCookieValue: "araldo.plugin.v1",
}
