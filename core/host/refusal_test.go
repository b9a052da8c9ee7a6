package host

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// fault: B14
func TestAttributesThatMustNotBeAreDroppedAndCounted(t *testing.T) {
	for name, c := range map[string]struct {
		trust     []string
		want      string
		untrusted uint64
	}{
		"a browser":    {nil, "conn=ws-1.1", 2},
		"a middleware": {[]string{"to", "hops"}, "conn=ws-1.1 hops=1 to=conn:x", 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Instance{Trust: c.trust}, nil)
			b.outlet.sendAll(t, "attributes")
			eventually(t, "both", func() bool { return b.inlet.count() == 2 })
			first := b.inlet.messages()[0].Header
			var got []string
			for _, a := range first.Attributes {
				got = append(got, a.Name+"="+a.Value)
			}
			if strings.Join(got, " ") != c.want || first.ContentType != "text/plain" {
				t.Errorf("header %+v", first)
			}
			if second := b.inlet.messages()[1].Header; second.ContentType != "" || second.Attributes[0].Value != "text" {
				t.Errorf("second header %+v", second)
			}
			r := b.endpoint.Status().Rejected
			if r["attribute"] != 6 || r["untrusted-attribute"] != c.untrusted {
				t.Errorf("rejected %v", r)
			}
		})
	}
}

// fault: B18
func TestTooLargeMessageIsRejectedAlone(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "too large")
	eventually(t, "the others", func() bool { return b.inlet.payloads() == "before after" })
	if r := b.endpoint.Status().Rejected; r["too-large"] != 1 || len(r) != 1 {
		t.Errorf("rejected %v", r)
	}
	b.expectLog(t, "receipt up to 3 FAILED 2+1")
	if d := b.outlet.downs(); len(d) != 0 {
		t.Errorf("the stream ended")
	}
}

// fault: B18
func TestRuleBreakersLoseTheirStreamAndNothingElse(t *testing.T) {
	for command, refused := range map[string]string{
		"overdraw":           "stream-credit",
		"overdraw bytes":     "stream-credit",
		"credit without end": "stream-credit",
		"twice":              "stream-sequence",
		"gap":                "stream-sequence",
		"columns":            "stream-columns",
		"headers":            "stream-columns",
		"lane 9":             "stream-lane",
		"receipt for lane 9": "stream-lane",
		"huge frame":         "stream-frame",
		"receipt too far":    "stream-receipt",
		"exception too far":  "stream-receipt",
		"counts too many":    "stream-receipt",
		"receipt back":       "stream-receipt",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Instance{}, func(batch core.Batch) {})
			other := &inlet{}
			sibling := &outlet{}
			b.plugin.add(t, Instance{Name: "sibling"}, other, sibling)
			pid := b.plugin.Status().PID
			b.outlet.sendAll(t, command)
			eventually(t, "a new stream", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == 2 }); return })
			if d := b.outlet.downs(); len(d) != 1 || d[0] {
				t.Errorf("down: %v", d)
			}
			if r := b.endpoint.Status().Rejected; r[refused] != 1 {
				t.Errorf("rejected %v, want %s", r, refused)
			}
			was := b.inlet.count()
			b.outlet.sendAll(t, "alive")
			eventually(t, "an echo", func() bool { return b.inlet.count() > was })
			sibling.sendAll(t, "untouched")
			eventually(t, "the sibling's echo", func() bool { return other.payloads() == "untouched" })
			if len(sibling.downs()) != 0 || b.plugin.Status().PID != pid {
				t.Error("the sibling or the process was touched")
			}
		})
	}
}

// What the hub's sender alone can see, that a message is settled twice, ends the stream like what the stream sees.
//
// fault: B18
func TestStreamThatASenderGivesUpIsCountedWithTheCause(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.stream(t)
	b.outlet.read(func() { b.outlet.lane.Break("a receipt names messages that are settled already") })
	eventually(t, "a new stream", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == 2 }); return })
	if r := b.endpoint.Status().Rejected; r["stream-receipt"] != 1 || len(r) != 1 {
		t.Errorf("rejected %v", r)
	}
	b.expectLog(t, "its stream ended: a receipt names messages that are settled already")
	b.outlet.sendAll(t, "alive")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "alive" })
}

// fault: B18
func TestBatchesOfDeadEpochsAreVoidAndCounted(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "wrong epoch")
	eventually(t, "a void batch", func() bool { return b.endpoint.Status().Rejected["void"] == 1 })
	b.outlet.sendAll(t, "alive")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "alive" })
}

// A plugin that breaks the rules again is paused as its restart policy says; its process, which others use, goes on.
//
// fault: B18
func TestRuleBreakerIsPausedByItsRestartPolicy(t *testing.T) {
	f := newFixture(t)
	spec := testSpec(t, "good")
	spec.Restart = RestartPolicy{Initial: 500 * time.Millisecond, Max: time.Hour, Window: time.Minute}
	plugin, out := f.start(t, spec), &outlet{}
	endpoint := plugin.add(t, Instance{}, &inlet{}, out)
	for turn := 1; turn <= 2; turn++ { // the first time there is no pause
		out.sendAll(t, "receipt too far")
		eventually(t, "the end of the stream", func() bool { return len(out.downs()) == turn })
	}
	eventually(t, "the pause, with its cause", func() bool {
		s := endpoint.Status()
		return s.State == core.StateBackoff && strings.Contains(s.Cause, "settles messages that were never sent")
	})
	eventually(t, "the next stream", func() (is bool) { out.read(func() { is = out.ups == 3 }); return })
	if n := endpoint.Status().Rejected["stream-receipt"]; n != 2 || plugin.Status().Restarts != 0 {
		t.Errorf("%d streams counted, %d restarts", n, plugin.Status().Restarts)
	}
}

// What a source says is no message comes to the inlet as a fault of its batch, wherever the batch is cut.
func TestWhatASourceCallsNoMessageIsAFault(t *testing.T) {
	batches := make(chan core.Batch, 10)
	b := newBench(t, Instance{}, func(batch core.Batch) { batches <- batch })
	b.outlet.sendAll(t, "no messages")
	var got []string
	for came := 0; came < 4; {
		batch := <-batches
		came += len(batch.Messages)
		for _, f := range batch.Faults {
			got = append(got, fmt.Sprintf("%s: %v, %s", batch.Messages[f.Index].Payload, f.Reason, f.Detail))
		}
		for _, m := range batch.Messages {
			if m.Header.Fault != nil {
				t.Errorf("%s keeps its fault", m.Payload)
			}
		}
	}
	if want := "none: undecodable, no body; large: too-large, very large"; strings.Join(got, "; ") != want {
		t.Errorf("faults %q", got)
	}
}
