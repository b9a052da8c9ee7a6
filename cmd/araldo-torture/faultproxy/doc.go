// Package faultproxy stands between a client and a server on TCP and does to their connections what a bad network does:
// it holds everything back (black hole), delays, resets, and cuts in the middle of a message. Without a fault it relays
// faithfully.
package faultproxy
