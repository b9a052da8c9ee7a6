package bench

import (
	"os"
	"path/filepath"
	"time"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
)

// The files of a run, in its own folder. The socket's path is short, as the system wants it.
const (
	payloadFile = "payload"
	windowFile  = "w"
	dataFolder  = "d"
)

// stage is a configuration with mocks at the ends of a route.
type stage struct {
	options Options
	dir     string
	// promises are what the outlets give with the endpoints that the configuration has.
	promises []routes.Served
	route    *routes.Route
	// target is the endpoint that the measured outlet leads to.
	target string
}

// configuration writes the files that the mocks need and returns what the hub is to run.
func (s *stage) configuration(cfg *config.Config) (*config.Config, error) {
	if err := os.WriteFile(filepath.Join(s.dir, payloadFile), s.options.Payload, 0o600); err != nil {
		return nil, err
	}
	rehearsal, problems := cfg.Rehearsal(s.options.Inbound, filepath.Join(s.dir, dataFolder), s.standIn)
	if problems.Failed() {
		return nil, problems
	}
	return rehearsal, nil
}

// standIn is a mock that can do what the endpoint can as far as a mode depends on that, so that `auto` comes to the same.
func (s *stage) standIn(in *config.Instance) config.StandIn {
	keys := map[string]any{"confirm": "written", "latency": true}
	for _, o := range s.promises {
		acked := o.Inbound == s.options.Inbound && o.Mode == core.ModeAcked
		if acked && o.To == in.Name || o.DeadLetter == in.Name {
			keys["confirm"] = "accepted"
		}
		if acked && o.Inbound == in.Name {
			keys["ack"] = true
		}
	}
	if in.Name == s.options.Inbound {
		s.generate(keys)
	}
	if in.Name == s.target && s.options.Rate == 0 {
		keys["tell"] = filepath.Join(s.dir, windowFile)
	}
	return config.StandIn{ID: "endpoint-mock", Keys: keys}
}

// generate makes a mock the source of the load.
func (s *stage) generate(keys map[string]any) {
	keys["payload-file"], keys["stamp"] = filepath.Join(s.dir, payloadFile), true
	if rate := s.options.Rate; rate > 0 {
		keys["every"] = (time.Second / time.Duration(rate)).String()
		return
	}
	keys["every"] = "0s"
	keys["window"] = map[string]any{
		"messages": underWay(s.route, len(s.options.Payload)), "socket": filepath.Join(s.dir, windowFile),
	}
}
