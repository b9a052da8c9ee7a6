// Package deploy tests the files in deploy/ that other programs read: the image, by building its files and running what it
// runs; the systemd unit, by systemd's own judgement.
package deploy

// folder is where the files are, tree the project.
const (
	tree   = "../.."
	folder = tree + "/deploy"
)
