package host

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/araldo-relay/araldo/proto/wire"
)

// MaxRuntimeDir is how long the path of the runtime directory may be, bytes: with it the sockets in it stay under 90,
// which every system's sockaddr_un holds.
const MaxRuntimeDir = 90 - len("/plugin-dir4294967295/plugin4294967295") - 1

// LargestMessage is the upper bound of Options.MaxMessage: with it every message fits into a frame that has others.
const LargestMessage = wire.FrameLimit - wire.FrameTarget - 64<<10

// Options is what a Host needs from the hub.
type Options struct {
	// RuntimeDir holds the plugins' sockets. It exists with mode 0700, belongs to this Host alone and has at most
	// MaxRuntimeDir bytes; what a Host that was killed left in it is removed.
	RuntimeDir string
	Log        *slog.Logger
	// MaxMessage is the largest message in bytes, attributes included; 0 means wire.DefaultMaxMessage, more than
	// LargestMessage means that.
	MaxMessage int
	// Hub names this hub to the outside: the same after a restart, another for another hub. Empty where nothing is opened.
	Hub string
	// Desk answers what plugins ask; nil: they are told that nobody does.
	Desk Desk
	// Incarnation returns the next number for an endpoint's name, larger than any before it, for ever. Several
	// goroutines call it; it may do file I/O.
	Incarnation func(name string) (uint64, error)
	// OnFailed is called once, from the plugin's own goroutine, when a plugin is given up. It must not call Stop on it.
	OnFailed func(plugin string, err error)
}

// Host starts plugins. Its methods may be called by any goroutine.
type Host struct {
	options Options
	limits  limits
}

// limits are the host's times, which its tests shorten.
type limits struct {
	start, call, stop time.Duration
	beat, dead        time.Duration
	healthy           time.Duration
}

// New makes a Host. It starts nothing.
func New(options Options) *Host {
	if options.MaxMessage <= 0 {
		options.MaxMessage = wire.DefaultMaxMessage
	}
	options.MaxMessage = min(options.MaxMessage, LargestMessage)
	removeLeftovers(options.RuntimeDir)
	return &Host{options: options, limits: limits{
		start: 10 * time.Second, call: 10 * time.Second, stop: 5 * time.Second,
		beat: wire.HeartbeatEvery, dead: wire.HeartbeatDead, healthy: time.Minute,
	}}
}

// removeLeftovers clears the folders of processes whose Host was killed. One that can't be removed is no obstacle:
// each process gets a folder of its own.
func removeLeftovers(dir string) {
	left, err := filepath.Glob(filepath.Join(dir, "plugin-dir*"))
	if err != nil {
		return
	}
	for _, path := range left {
		_ = os.RemoveAll(path)
	}
}

func (h *Host) checkRuntimeDir() error {
	dir := h.options.RuntimeDir
	if len(dir) > MaxRuntimeDir {
		return fmt.Errorf("runtime directory %s has %d bytes, sockets in it can be reached with at most %d", dir,
			len(dir), MaxRuntimeDir)
	}
	return nil
}
