package core_test

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
)

func TestEachReasonAndStateHasAMeaningOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	check := func(name, meaning string) {
		if meaning == "" || seen[meaning] != "" {
			t.Errorf("%s means %q, and so does %s", name, meaning, seen[meaning])
		}
		seen[meaning] = name
	}
	for reason := range core.Reason(core.ReasonCount) {
		check(reason.String(), reason.Meaning())
	}
	for state := core.StateDeclared; state <= core.StateDisabled; state++ {
		check(state.String(), state.Meaning())
	}
}
