package control

import "github.com/araldo-relay/araldo/core"

// Problem is one finding about a configuration. Its JSON names are a promise.
type Problem struct {
	// Severity is error or warning, At file:line:column or the file.
	Severity string `json:"severity"`
	At       string `json:"at"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail,omitempty"`
}

// ProblemsOf are the findings as they are told; an empty list where there are none.
func ProblemsOf(problems core.Problems) []Problem {
	list := make([]Problem, len(problems))
	for i, p := range problems {
		list[i] = Problem{p.Severity.String(), p.Position.String(), p.Summary, p.Detail}
	}
	return list
}
