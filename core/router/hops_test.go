package router_test

import (
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/router"
)

// hopsOf are the hops of what an outlet got, - where there are none.
func hopsOf(o *coretest.Outlet) string {
	var words []string
	for _, batch := range o.Take() {
		for i := range batch.Messages {
			hops := batch.Messages[i].Attribute("hops")
			if hops == "" {
				hops = "-"
			}
			words = append(words, hops)
		}
	}
	return strings.Join(words, " ")
}

func TestHopsAreCounted(t *testing.T) {
	for _, c := range []struct{ list, want, numbers string }{
		{"xx-", "- - -", "1 2 3"},
		{"x0-7", "- 1 - 8", "1 2 3 4"},
		{"87", "8", "2 spent 1"},
		{"x8", "-", "1 spent 1"},
		{"89", "", "spent 2"},
		{"1881x", "2 2 -", "1 4 5 spent 2"},
	} {
		var plain, filtered, valued coretest.Outlet
		decoder := decodes()
		r := router.New(quiet())
		r.Swap(map[string][]router.Outlet{"a": {
			{Target: &plain}, {Target: &filtered, When: when(t, "true")}, {Target: &valued, Decoder: decoder, Values: true},
		}})
		for _, show := range []struct {
			what string
			do   func(*coretest.Outlet) string
			want string
		}{{"hops", hopsOf, c.want}, {"numbers", sees, c.numbers}} {
			batch := kinds(1, c.list)
			before := hopsOfMessages(batch.Messages)
			r.Accept(batch)
			decoder.Answer(core.ReasonUndecodable, func(core.Message) string { return "" })
			for name, o := range map[string]*coretest.Outlet{"plain": &plain, "filtered": &filtered, "valued": &valued} {
				if got := show.do(o); got != show.want {
					t.Errorf("%s of %q at the %s outlet: %q, want %q", show.what, c.list, name, got, show.want)
				}
			}
			if after := hopsOfMessages(batch.Messages); after != before {
				t.Errorf("the source's own messages changed from %s to %s", before, after)
			}
		}
	}
}

func hopsOfMessages(messages []core.Message) string {
	var words []string
	for i := range messages {
		words = append(words, messages[i].Attribute("hops"))
	}
	return strings.Join(words, " ")
}

// A count that is none, such as another program's attribute of that name, begins anew, so that it ends too.
func TestACountThatIsNoneBeginsAnew(t *testing.T) {
	for text, want := range map[string]string{"": "1", "many": "1", "-3": "1", "99999999999999999999": "1", "65536": "1"} {
		var out coretest.Outlet
		r := router.New(quiet())
		r.Swap(map[string][]router.Outlet{"a": {{Target: &out}}})
		batch := coretest.Batch("a", 1, 1, 0)
		batch.Messages[0].Header = &core.Header{Attributes: core.Attributes{{Name: "hops", Value: text}}}
		r.Accept(batch)
		if got := hopsOf(&out); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Nobody waits for a message that is spent, and what is shown of it says why.
func TestSpentMessagesAreSettledAndShown(t *testing.T) {
	var window core.Window
	seen := &watcher{}
	window.Open(seen)
	out := &coretest.Outlet{}
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"a": {{Target: out, Blocks: true, Counts: true, Window: &window}}})
	ticket := &coretest.Ticket{}
	batch := kinds(1, "88")
	batch.Ticket = ticket
	r.Accept(batch)
	for _, b := range out.Take() {
		b.Ticket.Queued()
	}
	if ticket.Total() != 2 || ticket.TimesQueued() != 1 {
		t.Errorf("%d settled, queued %d times", ticket.Total(), ticket.TimesQueued())
	}
	if seen.messages != 2 || seen.verdict != core.VerdictDropped || seen.reason != core.ReasonHopLimit {
		t.Errorf("shown %+v", seen)
	}
}

type watcher struct {
	messages int
	verdict  core.Verdict
	reason   core.Reason
}

func (w *watcher) Observe(messages []core.Message, verdict core.Verdict, reason core.Reason) {
	w.messages, w.verdict, w.reason = w.messages+len(messages), verdict, reason
}
