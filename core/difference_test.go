package core

import "testing"

func TestWhatRoutesAreMadeForIsCompared(t *testing.T) {
	whole := Capabilities{
		Inbound:    &Inbound{Ack: AckMessage, Replay: ReplayPending, Pausable: true, Limit: "one", Durability: "two"},
		Outbound:   &Outbound{Confirm: ConfirmPersisted, Addressing: true, Limit: "three"},
		Conversion: &Conversion{Rewrites: true},
	}
	for want, now := range map[string]Capabilities{
		"": {Inbound: &Inbound{Ack: AckMessage, Replay: ReplayPending, Pausable: true, Limit: "in other words"},
			Outbound: &Outbound{Confirm: ConfirmPersisted, Addressing: true, Durability: "another disk"}, Conversion: &Conversion{Rewrites: true}},
		"ack message -> none, pausable yes -> no":                                                 {Inbound: &Inbound{Replay: ReplayPending}, Outbound: whole.Outbound, Conversion: whole.Conversion},
		"outbound yes -> no, rewrites yes -> no, confirm persisted -> none, addressing yes -> no": {Inbound: whole.Inbound},
	} {
		if got := whole.Difference(now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
