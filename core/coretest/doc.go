// Package coretest holds in-memory stand-ins for what the engine speaks to: an endpoint's end of a lane, a source's
// tickets, an outlet. They are for tests of any package, keep what they are told, and are safe for several goroutines.
package coretest
