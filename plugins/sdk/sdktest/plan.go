package sdktest

import "github.com/araldo-relay/araldo/core"

// check is one check of the suite, by the name under which its rule stands in rules.
type check = struct {
	name  string
	check func(T)
}

// Skipped is a check that was left out, and why.
type Skipped struct{ Name, Why string }

// plan is what of the suite the id's promises call for, and what not.
func (s *suite) plan() (do []check, left []Skipped) {
	do = []check{
		{"schema", s.checkSchema},
		{"configuration", s.checkConfig},
		{"life cycle", s.checkLife},
		{"stream", s.checkStream},
	}
	type group struct {
		checks []check
		why    func(name string) string
	}
	groups := []group{{s.sourceChecks(), s.noSource}, {s.sinkChecks(), s.noSink}}
	if s.typ.Kind == core.KindMarshalling {
		groups = []group{{s.marshallingChecks(), s.noMarshalling}}
	}
	for _, g := range groups {
		for _, c := range g.checks {
			if why := g.why(c.name); why != "" {
				left = append(left, Skipped{c.name, why})
				continue
			}
			do = append(do, c)
		}
	}
	return do, left
}

// noSource says why a source's check is left out, if it is.
func (s *suite) noSource(name string) string {
	in := s.typ.Capabilities.Inbound
	switch {
	case in == nil:
		return "it brings nothing in"
	case name == "redelivery" && !replays(in):
		return "it does not promise to bring messages again"
	case name == "redelivery" && (s.Echoes || s.BringsItself), name == "inbound sizes" && s.BringsItself:
		return "nobody chooses what it brings in"
	case s.outOfReach && !s.Echoes && !s.BringsItself && needsFeeding[name]:
		return "nothing says how it comes to messages: `echoes` or `brings-itself` in the file of --config does"
	}
	return ""
}

// needsFeeding are the checks that show nothing where no messages come.
var needsFeeding = map[string]bool{
	"inbound order": true, "inbound credit": true, "inbound byte credit": true, "inbound sizes": true,
	"inbound new stream": true, "redelivery": true,
}

// noSink says why a sink's check is left out, if it is.
func (s *suite) noSink(name string) string {
	switch {
	case s.typ.Capabilities.Outbound == nil:
		return "it takes nothing out"
	case name == "slow sink" && s.NewStalled == nil:
		return "nothing says how to make its other side take nothing"
	case name == "refusing sink" && s.NewRefusing == nil:
		return "nothing says how to make its other side refuse messages"
	}
	return ""
}

// noMarshalling says why a marshalling's check is left out, if it is.
func (s *suite) noMarshalling(name string) string {
	switch {
	case name == "marshalling without an instance" || len(s.Values) > 0:
		return ""
	case s.outOfReach:
		return "nothing says which payloads its format has: `values` in the file of --config does"
	}
	return "there are no values to turn"
}
