// Package core is araldo's vocabulary: messages and batches, endpoints and what they can do, what became of a message
// and why, and problems with a place in a file. It imports the standard library only; every other package speaks in
// its words.
package core
