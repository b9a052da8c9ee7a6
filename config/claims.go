package config

import (
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// isListening reports whether a claim is to an address that others connect to.
func isListening(claim string) bool { return strings.HasPrefix(claim, "listen:") }

// servesMetrics reports whether a claim is to the address of the metrics.
func (c *Config) servesMetrics(claim string) bool {
	return c.Global.MetricsPort > 0 && strings.HasPrefix(claim, "listen:"+c.Global.MetricsAddress()+"/")
}

// CheckClaims finds two instances that take the same thing for themselves, such as a path of a web port, whichever
// plugins they belong to, or that the hub itself takes. assessments are the plugins' answers by instance name.
func (c *Config) CheckClaims(assessments map[string]core.Assessment) core.Problems {
	var ps core.Problems
	owners := map[string]*Instance{}
	for in := range c.instances() {
		for _, claim := range assessments[in.Name].Claims {
			if c.servesMetrics(claim) {
				ps.Errorf(in.Position, "let one of them take another port", "%s and metrics-port both take %s", in.Name, claim)
			}
			first, taken := owners[claim]
			if !taken {
				owners[claim] = in
				continue
			}
			if first != in {
				ps.Errorf(in.Position, first.Name+" stands at "+first.Position.String()+"; let one of them take another",
					"%s and %s both take %s", first.Name, in.Name, claim)
			}
		}
	}
	return ps
}
