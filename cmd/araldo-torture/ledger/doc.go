// Package ledger knows of every message of a torture run what was done with it: sent, accepted by the source, arrived
// where and how often. Messages have numbers; payload and destination follow from number and seed, so that an arrival
// proves itself, and a run of millions of messages costs a few bytes each.
package ledger
