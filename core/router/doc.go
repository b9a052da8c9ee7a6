// Package router says which outlets an endpoint's messages go to. Its table is read-only and swapped whole; batches
// are handed on as they are. It knows core only.
package router
