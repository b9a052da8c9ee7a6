// Package growth is series of workloads for araldo, each with a configuration made for it, that show how its cost grows:
// with outlets, connections, routes, and with what is done to messages on their way.
package growth

import (
	"fmt"
	"slices"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// Series is cases that differ in one thing. The first is what the others are compared with.
type Series struct {
	Name, About string
	Cases       []Case
}

// Case is a workload and the relay that is started for it.
type Case struct {
	Workload work.Workload
	Relay    *relay.Description
}

// All are all series, in their full sizes.
func All() []Series {
	return []Series{
		Outlets(1, 2, 4, 8, 16, 32, 64),
		Connections(1, 10, 100, 1000, 5000),
		Routes(1, 10, 100, 1000),
		Conversions(),
	}
}

// Find returns the series of these names, all where there are none.
func Find(names []string) (found []Series, err error) {
	all := All()
	if len(names) == 0 {
		return all, nil
	}
	for _, name := range names {
		at := slices.IndexFunc(all, func(s Series) bool { return s.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("no series is called %q: outlets, connections, routes, conversions", name)
		}
		found = append(found, all[at])
	}
	return found, nil
}

// through is a case whose relay is araldo with that configuration.
func (c *configuration) through(w work.Workload) Case {
	return Case{w, &relay.Description{
		Name: "araldo", Command: []string{"{araldo}", "serve", "-c", "araldo.yaml"},
		Workloads: map[string]relay.Setup{w.Base(): {Files: map[string]string{"araldo.yaml": c.String()}}},
	}}
}
