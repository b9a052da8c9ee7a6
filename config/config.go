// Package config turns the one YAML file into typed, checked values. All that is wrong with a file comes at once, each
// with its place. It is the only package that knows viper, which reads the section `global` alone: viper lower-cases
// keys and splits them at dots, and the names of endpoints keep theirs.
package config

import (
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
)

// Config is a whole configuration. It is immutable once loaded, save its Secrets.
type Config struct {
	// Path is the file as it was named; Dir is its folder, absolute.
	Path, Dir string
	Global    Global
	// Marshallings and Endpoints are in the order of the file, those with a usable name and id only.
	Marshallings, Endpoints []Instance
	Routes                  []routes.Route
	// Programs are the plugins that the file says something of, see Program.
	Programs []Program
	// Secrets knows the values that must not be printed.
	Secrets *Secrets

	global  []Setting
	broken  broken
	schemas *schemas
	// files are those of Files.
	files []string
	// refused are endpoints whose declaration is wrong, so that routes which name them are not told as well.
	refused []routes.End
}

// Global is the section `global`: what holds for the whole hub.
type Global struct {
	// ServerPort and Bind are the defaults of endpoints that serve the web.
	ServerPort int
	Bind       string
	// LogLevel is debug, info, warning, error or fatal.
	LogLevel string
	// DataDir is the absolute folder of what outlives the hub: lock, control socket, incarnations.
	DataDir string
	// MaxMessage is the largest message in bytes, attributes included.
	MaxMessage int
	// ShutdownTimeout bounds the drain when the hub ends.
	ShutdownTimeout time.Duration
	// MetricsPort and MetricsBind are where the hub shows its metrics and its health: NoMetrics is nowhere, 0 the next free
	// port.
	MetricsPort int
	MetricsBind string
	// TraceEndpoint is the URL of the collector of traces, empty where none are recorded; TraceSample is the part of the
	// messages that traces begin with, from 0 to 1.
	TraceEndpoint string
	TraceSample   float64
	// Verify is VerifyLocked, VerifyRequire, VerifyWarn or VerifyOff.
	Verify string
	// PluginDirs are the absolute folders of external plugins.
	PluginDirs []string
}

// NoMetrics is the MetricsPort of a hub that shows no metrics.
const NoMetrics = -1

// MetricsAddress is MetricsBind and MetricsPort as HOST:PORT, empty where there are no metrics.
func (g *Global) MetricsAddress() string {
	if g.MetricsPort == NoMetrics {
		return ""
	}
	return net.JoinHostPort(g.MetricsBind, strconv.Itoa(g.MetricsPort))
}

// Restart is how an instance's plugin is started again when it ends.
type Restart struct {
	// Initial pause, doubled up to Max; 0: none at all.
	Initial, Max time.Duration
	// Limit of restarts within Window; then the plugin has failed. 0: it never has.
	Limit  int
	Window time.Duration
}

// DefaultRestart holds where the file says nothing else.
var DefaultRestart = Restart{Initial: 250 * time.Millisecond, Max: 30 * time.Second, Limit: 10, Window: 5 * time.Minute}

// The values of Instance.OnFailure.
const (
	OnFailureDisable = "disable" // the others go on
	OnFailureExit    = "exit"    // the hub ends with 1
)

// DefaultTimeout is how long an endpoint may take for a message.
const DefaultTimeout = 10 * time.Second

// Ends returns the endpoints as the routes know them, each with what its plugin and that of its marshalling said.
func (c *Config) Ends(assessments map[string]core.Assessment) []routes.End {
	ends := make([]routes.End, len(c.Endpoints))
	for i := range c.Endpoints {
		in := &c.Endpoints[i]
		own, conversion := assessments[in.Name], assessments[in.Marshalling].Capabilities.Conversion
		ends[i] = routes.End{
			Name: in.Name, Marshalling: in.Marshalling, Capabilities: own.Capabilities, SpeaksTo: own.SpeaksTo,
			HearsFrom: own.HearsFrom, Envelope: in.Marshalling != "" && conversion != nil && conversion.Rewrites,
			TrustsHops: slices.Contains(in.Trusted(own), "hops"),
		}
	}
	return ends
}
