package sdktest

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// Every check has its rule in words, and none has two names.
func TestEveryCheckHasARule(t *testing.T) {
	names := map[string]bool{"outlives signals": true, "ends with its hub": true}
	for _, kind := range []core.Kind{core.KindEndpoint, core.KindMarshalling} {
		s := &suite{typ: core.TypeInfo{Kind: kind}}
		do, left := s.plan()
		for _, c := range do {
			names[c.name] = true
		}
		for _, c := range left {
			names[c.Name] = true
		}
	}
	for name := range names {
		if rules[name] == "" {
			t.Errorf("check %q has no rule", name)
		}
	}
	if len(rules) != len(names) {
		t.Errorf("%d rules for %d checks", len(rules), len(names))
	}
}
