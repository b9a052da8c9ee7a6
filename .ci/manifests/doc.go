// Package manifests holds the files in deploy/ that Docker Compose, Kubernetes, Prometheus and Grafana read to those
// programs' own types and readers, and to what araldo is. It is a module of its own: what it needs is nobody else's.
package manifests

import "time"

// folder is where the files are.
const folder = "../../deploy/"

// defaultPort and defaultDrain are the defaults of server-port and shutdown-timeout.
const (
	defaultPort  = 54321
	defaultDrain = 20 * time.Second
)
