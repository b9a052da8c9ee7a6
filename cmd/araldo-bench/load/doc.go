// Package load is both ends of a relay under measurement: senders that write stamped messages in bursts, receivers that
// check every stamp for loss, repetition and order, and the two ways to drive them: a closed window for saturation, an
// open loop at a rate for latency. It speaks WebSocket (RFC 6455), RESP and the NATS protocol by hand, because a client
// library per message would cost more than the relays that are measured on the same cores.
package load
