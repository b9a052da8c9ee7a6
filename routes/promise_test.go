package routes

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
)

func sourceEnd(ack core.Ack, replay core.Replay) End {
	return End{Name: "in", Capabilities: core.Capabilities{Inbound: &core.Inbound{Ack: ack, Replay: replay}}}
}

func targetEnd(confirm core.Confirm) End {
	return End{Name: "out", Capabilities: core.Capabilities{Outbound: &core.Outbound{Confirm: confirm}}}
}

var bestSource, bestTarget = sourceEnd(core.AckMessage, core.ReplayPending), targetEnd(core.ConfirmPersisted)

func TestThePromiseIsThatOfTheWeakestLeg(t *testing.T) {
	auto := Outlet{Required: true}
	live, acked, optional := auto, auto, Outlet{}
	live.Delivery, acked.Delivery = core.ModeLive, core.ModeAcked
	for _, c := range []struct {
		name               string
		in, out            End
		outlet             Outlet
		mode               core.Mode
		guarantee, ceiling core.Guarantee
	}{
		{"best", bestSource, bestTarget, auto, core.ModeAcked, core.AtLeastOnce, core.AtLeastOnce},
		{"offset", sourceEnd(core.AckMessage, core.ReplayOffset), targetEnd(core.ConfirmAccepted), auto, core.ModeAcked, core.AtLeastOnce, core.AtLeastOnce},
		{"asked for", bestSource, bestTarget, acked, core.ModeAcked, core.AtLeastOnce, core.AtLeastOnce},
		{"live", bestSource, bestTarget, live, core.ModeLive, core.AtMostOnce, core.AtLeastOnce},
		{"optional", bestSource, bestTarget, optional, core.ModeAcked, core.AtMostOnce, core.AtLeastOnce},
		{"no ack", sourceEnd(core.AckNone, core.ReplayOffset), bestTarget, auto, core.ModeLive, core.AtMostOnce, core.AtMostOnce},
		{"no replay", sourceEnd(core.AckMessage, core.ReplayNone), bestTarget, auto, core.ModeLive, core.AtMostOnce, core.AtMostOnce},
		{"written", bestSource, targetEnd(core.ConfirmWritten), auto, core.ModeLive, core.AtMostOnce, core.AtMostOnce},
		{"out of reach", bestSource, targetEnd(core.ConfirmNone), acked, core.ModeLive, core.AtMostOnce, core.AtMostOnce},
		{"unknown", End{}, bestTarget, auto, core.ModeLive, core.AtMostOnce, core.AtMostOnce},
	} {
		p := PromiseOf(c.in, c.out, c.outlet)
		if p.Mode != c.mode || p.Guarantee != c.guarantee || p.Ceiling != c.ceiling || p.Reason == "" {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}
