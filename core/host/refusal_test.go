package host

import (
	"strings"
	"testing"

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
				t.Errorf("header %q", first)
			}
			if second := b.inlet.messages()[1].Header; second.ContentType != "" || second.Attributes[0].Value != "text" {
				t.Errorf("second header %q", second)
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

// fault: B18
func TestImpossibleReceiptsAreRefusedAndCounted(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "acks unknown")
	eventually(t, "four refusals", func() bool { return b.endpoint.Status().Rejected["receipt"] == 4 })
	b.outlet.read(func() {
		if len(b.outlet.receipts) != 1 || b.outlet.settled != 1 {
			t.Errorf("receipts %+v", b.outlet.receipts)
		}
	})
	b.outlet.sendAll(t, "wrong epoch")
	eventually(t, "a void batch", func() bool { return b.endpoint.Status().Rejected["void"] == 1 })
	b.outlet.sendAll(t, "alive")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "alive" })
}
