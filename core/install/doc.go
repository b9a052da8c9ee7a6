// Package install brings packages of plugins into a hub's data directory and takes them away again. It executes nothing.
//
// A package is fetched into a folder of its own and its sum compared before anything of it is unpacked; it is unpacked
// below an os.Root, and moved to its place in one step. What counts is the lock: a version that the lock does not name is
// not there for a hub, so an installation that ends anywhere before the lock is written has changed nothing, and the next
// one removes what it left.
package install
