// Package relay runs what is measured: a relay as a description says, the redis-server behind it, and their figures as the
// operating system counts them.
package relay
