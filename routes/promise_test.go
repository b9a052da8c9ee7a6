package routes

import (
	"strings"
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

func TestTheReasonNamesTheLimitsOfBothEnds(t *testing.T) {
	list, _ := parse(t, "in: [{to: out, delivery: acked, require: at-least-once}, {to: best, required: false, require: at-least-once-from-hub}]")
	in, out, best := sourceEnd(core.AckNone, core.ReplayNone), targetEnd(core.ConfirmWritten), bestTarget
	in.Capabilities.Inbound.Limit, in.Capabilities.Inbound.Pausable = "pub/sub forgets", true
	best.Name = "best"
	ps := CheckAbilities(list, []End{in, out, best})
	want := `f:1:26: delivery: acked is out of reach of in -> out, which can do at-most-once at best: in: pub/sub forgets; out confirms that a message was given to the operating system, which is no proof that the other side has it
f:1:42: require: at-least-once is out of reach of in -> out, which gives at-most-once and can do at-most-once at best: in: pub/sub forgets; out confirms that a message was given to the operating system, which is no proof that the other side has it
f:1:95: require: at-least-once-from-hub is out of reach of in -> best, which gives at-most-once and can do at-most-once at best: in: pub/sub forgets`
	if ps.Error() != want {
		t.Errorf("got %s\nwant %s", ps.Error(), want)
	}
}

func TestThePromiseNamesWhatKeepsMessages(t *testing.T) {
	in, out := sourceEnd(core.AckMessage, core.ReplayPending), targetEnd(core.ConfirmAccepted)
	in.Capabilities.Inbound.Durability, out.Capabilities.Outbound.Durability = "appendonly yes", "appendonly no"
	want := "in brings again what was not settled (appendonly yes), and out confirms that the other side has it (appendonly no)"
	if got := PromiseOf(in, out, Outlet{Required: true}).Reason; got != want {
		t.Errorf("got %s", got)
	}
}

func TestWhatAChoiceCostsIsTold(t *testing.T) {
	list, _ := parse(t, `in:
  - {to: out, name: plain}
  - {to: out, name: strict, order: strict, on-poison: drop, ttl: 5m}
  - {to: out, name: buried, dead-letter: grave}
  - {to: out, name: live, delivery: live}
  - {to: out, name: stopping, delivery: live, on-poison: block}
`)
	for i, want := range []string{
		"then the source waits; a message that is tried again may come after its successors; a message that out can never take stops the outlet",
		"then the source waits; a message that fails holds back those behind it; what out can never take is dropped; what waits longer than 5m is dropped as expired",
		"then the source waits; a message that is tried again may come after its successors; what out can never take goes to grave",
		"then the oldest is dropped",
		"then the oldest is dropped; a message that out can never take stops the outlet",
	} {
		got := Promises(list, map[string]End{"in": bestSource, "out": bestTarget})[i].Plain()
		if !strings.HasSuffix(got, "wait, "+want) {
			t.Errorf("got %s", got)
		}
	}
}

func TestKeysWithoutEffectAreWarnedOf(t *testing.T) {
	list, _ := parse(t, `in:
  - {to: out, name: dropping, queue: {overflow: drop-newest}}
  - {to: out, name: twice, on-poison: drop, dead-letter: grave}
  - {to: out, name: optional, required: false, queue: {overflow: drop-newest}}
`)
	in, grave := bestSource, targetEnd(core.ConfirmNone)
	grave.Name, grave.Capabilities.Outbound.Limit = "grave", "it forgets"
	ps := CheckAbilities(list, []End{in, bestTarget, grave})
	const paused = "in -> out: a full queue holds the source back, but in can't be paused: what comes while the queue is full is lost at the source and shows as a gap"
	want := "f:2:38: warning: " + paused + `
f:2:38: warning: overflow: drop-newest has no effect: an acked outlet holds its source back: to drop messages, set ` + "`delivery: live` or `required: false`" + `
f:3:5: warning: ` + paused + `
f:3:39: warning: on-poison: drop has no effect beside dead-letter: grave: leave out one of the two
f:3:58: warning: dead-letter: a message can be lost on its way to grave: grave: it forgets`
	if ps.Error() != want {
		t.Errorf("got %s\nwant %s", ps.Error(), want)
	}
}

// fault: B16
func TestDeadLettersMustBeOtherEndpointsThatTakeMessages(t *testing.T) {
	list, _ := parse(t, "in: [{to: out, dead-letter: out}, {to: out, name: o2, dead-letter: grav}, {to: out, name: o3, dead-letter: in}]")
	ends := []End{bestSource, bestTarget, {Name: "grave"}}
	ps := append(CheckNames(list, ends), CheckAbilities(list, ends)...)
	want := `f:1:29: dead-letter: what out can't take would go to out again: name another endpoint
f:1:68: dead-letter: grav is no endpoint: did you mean "grave"? endpoints: grave, in, out`
	if got := ps.Error(); !strings.HasPrefix(got, want) || !strings.Contains(got, "f:1:108: in can't be a target") {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
