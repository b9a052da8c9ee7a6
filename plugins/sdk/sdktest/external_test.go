package sdktest

import (
	"testing"
)

// Every check has its rule in words, and none has two names.
func TestEveryCheckHasARule(t *testing.T) {
	s := &suite{}
	do, left := s.plan()
	names := map[string]bool{"outlives signals": true, "ends with its hub": true}
	for _, c := range do {
		names[c.name] = true
	}
	for _, c := range left {
		names[c.Name] = true
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
