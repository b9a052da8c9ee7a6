// Package router says which outlets an endpoint's messages go to. Its table is read-only and swapped whole; batches are
// handed on as they are, save where an outlet has a filter or needs decoded values.
package router
