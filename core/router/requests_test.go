package router_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/router"
	"pgregory.net/rapid"
)

// office is browsers that ask a back end: requests leave at asked, replies come back at told.
type office struct {
	*router.Router
	asker       *router.Asker
	asked, told coretest.Outlet
}

func newOffice(requests *router.Requests) *office {
	o := &office{Router: router.New(quiet()), asker: requests.Asker("browsers", 30*time.Second)}
	o.Swap(map[string][]router.Outlet{
		"browsers": {{Target: &o.asked, Asks: o.asker}},
		"answers":  {{Target: &o.told, Answers: requests.Answerer("browsers", true)}},
	})
	return o
}

// from makes a batch of a source, a message for each set of attributes "name=value ...".
func from(source string, list ...string) core.Batch {
	batch := coretest.Batch(source, 0, len(list), 1)
	for i, words := range list {
		var attributes []core.Attribute
		for word := range strings.FieldsSeq(words) {
			name, value, _ := strings.Cut(word, "=")
			attributes = append(attributes, core.Attribute{Name: name, Value: value})
		}
		batch.Messages[i].Header = &core.Header{Attributes: core.NewAttributes(attributes...)}
	}
	return batch
}

// ask lets connections ask and returns the correlations that the back end sees.
func (o *office) ask(t interface{ Fatalf(string, ...any) }, conns ...string) (correlations []string) {
	var list []string
	for _, conn := range conns {
		list = append(list, "conn="+conn)
	}
	o.Accept(from("browsers", list...))
	for _, batch := range o.asked.Take() {
		for i := range batch.Messages {
			correlations = append(correlations, batch.Messages[i].Attribute("correlation"))
		}
	}
	if len(correlations) != len(conns) {
		t.Fatalf("%d of %d requests came out", len(correlations), len(conns))
	}
	return correlations
}

// reply lets the back end say something and returns whom it reaches: a `to`, * for everybody, late for nobody.
func (o *office) reply(list ...string) string {
	o.Accept(from("answers", list...))
	return o.reached()
}

func (o *office) reached() string {
	var words []string
	for _, batch := range o.told.Take() {
		for i := range batch.Messages {
			word, addressed := batch.Messages[i].Header.Attributes.Get("to")
			if !addressed {
				word = "*"
			}
			if correlation := batch.Messages[i].Attribute("correlation"); correlation != "" {
				word += "/" + correlation
			}
			words = append(words, word)
		}
		for range batch.Late {
			words = append(words, "late")
		}
	}
	return strings.Join(words, " ")
}

func (o *office) expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s reaches %q, want %q", what, got, want)
	}
}

// parity: W9
func TestAReplyReachesTheAskerOnce(t *testing.T) {
	o := newOffice(&router.Requests{})
	ids := o.ask(t, "b-1.1", "b-1.2", "b-1.1")
	if len(ids[0]) != 32 || ids[0] == ids[1] || ids[0] == ids[2] {
		t.Fatalf("correlations %v", ids)
	}
	o.expect(t, "news", o.reply("a=b"), "*")
	o.expect(t, "the second reply", o.reply("correlation="+ids[1]), "conn:b-1.2")
	o.expect(t, "a reply that is repeated", o.reply("correlation="+ids[1]), "late")
	o.expect(t, "a reply that names somebody else", o.reply("correlation="+ids[0]+" to=conn:b-1.2"), "conn:b-1.1")
	o.expect(t, "a made-up reply", o.reply("correlation="+strings.Repeat("0", 32)), "late")
	o.expect(t, "a reply to nothing", o.reply("correlation="), "late")
	o.expect(t, "a mixture", o.reply("correlation=x", "a=b", "correlation="+ids[2], "correlation="+ids[2]), "* conn:b-1.1 late late")
	if got := o.asker.Counts(); got != (router.RequestCounts{Answered: 3}) {
		t.Errorf("counts %+v", got)
	}
}

func TestAReplyAfterItsTimeIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(&router.Requests{})
		ids := o.ask(t, "b-1.1", "b-1.2")
		time.Sleep(30*time.Second - 1)
		o.expect(t, "a reply in time", o.reply("correlation="+ids[0]), "conn:b-1.1")
		time.Sleep(time.Nanosecond)
		o.expect(t, "a late reply", o.reply("correlation="+ids[1]), "late")
		if got := o.asker.Counts(); got != (router.RequestCounts{Answered: 1, TimedOut: 1}) {
			t.Errorf("counts %+v", got)
		}
	})
}

// An asker that is no connection gets the reply as the endpoint that it is; where that would mean everybody, nobody does.
func TestAnAskerWithoutConnectionAndWithACorrelationOfItsOwn(t *testing.T) {
	var requests router.Requests
	o := newOffice(&requests)
	o.Accept(from("browsers", "a=b", "conn=b-1.1 correlation=mine"))
	batch := o.asked.Take()[0].Messages
	one, two := batch[0].Attribute("correlation"), batch[1].Attribute("correlation")
	if two == "mine" {
		t.Error("the back end sees the asker's own correlation, which somebody else may have given too")
	}
	o.expect(t, "the reply to nobody", o.reply("correlation="+one), "")
	o.expect(t, "the reply to who had its own", o.reply("correlation="+two), "conn:b-1.1/mine")

	var stream, replies coretest.Outlet
	o.Swap(map[string][]router.Outlet{
		"bus":     {{Target: &stream, Asks: requests.Asker("bus", time.Second)}},
		"answers": {{Target: &replies, Answers: requests.Answerer("bus", false)}},
	})
	o.Accept(from("bus", "correlation=theirs"))
	id := stream.Take()[0].Messages[0].Attribute("correlation")
	o.Accept(from("answers", "correlation="+id))
	reply := replies.Take()[0].Messages[0].Header.Attributes
	if fmt.Sprint(reply) != "[{correlation theirs}]" {
		t.Errorf("the bus reads %v", reply)
	}
}

// What an endpoint says of itself asks nothing; what nobody can read is not sent, and a filter comes first.
func TestWhatIsNoRequestAndNoReply(t *testing.T) {
	var requests router.Requests
	o := newOffice(&requests)
	o.Accept(from("browsers", "conn=b-1.1 event=connect"))
	if got := o.asked.Take()[0].Messages[0].Attribute("correlation"); got != "" {
		t.Errorf("an event became the request %s", got)
	}
	faulty := from("browsers", "conn=b-1.1", "conn=b-1.2")
	faulty.Faults = []core.Fault{{Index: 0, Reason: core.ReasonUndecodable}}
	o.Accept(faulty)
	if got := o.asker.Counts().Pending; got != 1 {
		t.Errorf("%d requests wait, one of them was never sent", got)
	}
	o.asked.Take()
	id := o.ask(t, "b-1.3")[0]
	o.Swap(map[string][]router.Outlet{"answers": {
		{Target: &o.told, Answers: requests.Answerer("browsers", true), When: when(t, "attributes.final == 'yes'")},
	}})
	o.expect(t, "what the filter leaves out, then a reply", o.reply("correlation="+id+" final=no")+o.reply("correlation="+id+" final=yes"),
		"conn:b-1.3")
}

// Two endpoints that ask each other share an outlet for replies and requests: a reply asks nothing.
func TestARequestBetweenTwoThatAskEachOther(t *testing.T) {
	var requests router.Requests
	var left, right coretest.Outlet
	r := router.New(quiet())
	asker := map[string]*router.Asker{"a": requests.Asker("a", time.Second), "b": requests.Asker("b", time.Second)}
	r.Swap(map[string][]router.Outlet{
		"a": {{Target: &right, Asks: asker["a"], Answers: requests.Answerer("b", false)}},
		"b": {{Target: &left, Asks: asker["b"], Answers: requests.Answerer("a", false)}},
	})
	r.Accept(from("a", "x=1"))
	question := right.Take()[0].Messages[0].Attribute("correlation")
	r.Accept(from("a", "correlation="+question))
	if batch := right.Take()[0]; batch.Late != 1 || asker["a"].Counts().Pending != 1 {
		t.Errorf("the asker answered itself: %+v", batch)
	}
	r.Accept(from("b", "x=2", "correlation="+question))
	batch := left.Take()[0]
	if batch.Messages[0].Attribute("correlation") == "" || batch.Messages[1].Attribute("correlation") != "" {
		t.Errorf("a request and a reply came as %v and %v", batch.Messages[0].Header, batch.Messages[1].Header)
	}
	if a, b := asker["a"].Counts(), asker["b"].Counts(); a.Answered != 1 || b.Pending != 1 {
		t.Errorf("a has %+v, b %+v", a, b)
	}
}

// A reply is known by its envelope also where the bytes pass as they are.
func TestARepliesEnvelopeIsLookedIntoThoughItsBytesPass(t *testing.T) {
	var requests router.Requests
	var asked, told coretest.Outlet
	envelopes := unwraps{}
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{
		"browsers": {{Target: &asked, Asks: requests.Asker("browsers", time.Second)}},
		"answers":  {{Target: &told, Decoder: envelopes, Answers: requests.Answerer("browsers", true)}},
	})
	r.Accept(from("browsers", "conn=b-1.1"))
	batch := coretest.Batch("answers", 0, 1, 0)
	batch.Messages[0].Payload = []byte(asked.Take()[0].Messages[0].Attribute("correlation"))
	r.Accept(batch)
	if err := r.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := told.Take()[0].Messages[0]
	if got.Attribute("to") != "conn:b-1.1" || len(got.Payload) != 32 {
		t.Errorf("the reply is %q with %v", got.Payload, got.Header)
	}
}

// unwraps takes each payload for the correlation that an envelope brings.
type unwraps struct{}

// Convert implements core.Converter.
func (unwraps) Convert(messages []core.Message, done func([]core.Message, []core.Fault)) {
	list := make([]core.Message, len(messages))
	for i, m := range messages {
		list[i] = core.Message{Payload: []byte("v"), Header: &core.Header{
			Attributes: core.Attributes{{Name: "correlation", Value: string(m.Payload)}}}}
	}
	go done(list, nil)
}

func TestRequestsAreBoundedAndForgotten(t *testing.T) {
	o := newOffice(&router.Requests{})
	o.asker.Bound(3)
	ids := o.ask(t, "b-1.1", "b-1.2", "b-1.3", "b-1.4", "b-1.5")
	o.expect(t, "what was displaced, then the rest", o.reply("correlation="+ids[0], "correlation="+ids[1], "correlation="+ids[2]),
		"conn:b-1.3 late late")
	if got := o.asker.Counts(); got != (router.RequestCounts{Pending: 2, Answered: 1, Displaced: 2}) {
		t.Errorf("counts %+v", got)
	}
	o.asker.Close()
	o.expect(t, "a reply after the end", o.reply("correlation="+ids[3]), "late")
	if got := o.asker.Counts(); got != (router.RequestCounts{Answered: 1, TimedOut: 2, Displaced: 2}) {
		t.Errorf("counts %+v", got)
	}
}

func TestAnotherTimeHoldsForWhatWaitsIfItIsShorter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(&router.Requests{})
		first := o.ask(t, "b-1.1")
		o.asker.SetTimeout(time.Minute)
		second := o.ask(t, "b-1.2")
		o.asker.SetTimeout(40 * time.Second)
		time.Sleep(35 * time.Second)
		o.expect(t, "each in its time", o.reply("correlation="+first[0], "correlation="+second[0]), "conn:b-1.2 late")
		third := o.ask(t, "b-1.3")
		o.asker.SetTimeout(time.Second)
		time.Sleep(2 * time.Second)
		o.expect(t, "after the shorter time", o.reply("correlation="+third[0]), "late")
		if got := o.asker.Counts(); got != (router.RequestCounts{Answered: 1, TimedOut: 2}) {
			t.Errorf("counts %+v", got)
		}
	})
}

// Whatever is asked, answered, repeated, made up and left waiting: who asked gets the first reply in time and nobody else
// gets any, each request is counted once, and the source's ticket hears of every message.
func TestRepliesInRandomHistories(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			var requests router.Requests
			o := newOffice(&requests)
			type question struct {
				conn, id string
				until    time.Time
				answered bool
			}
			var asked []*question
			t.Repeat(map[string]func(*rapid.T){
				"": func(t *rapid.T) {
					want := router.RequestCounts{}
					for _, q := range asked {
						switch {
						case q.answered:
							want.Answered++
						case time.Now().Before(q.until):
							want.Pending++
						default:
							want.TimedOut++
						}
					}
					if got := o.asker.Counts(); got != want {
						t.Fatalf("counts %+v, want %+v", got, want)
					}
				},
				"ask": func(t *rapid.T) {
					conn := rapid.SampledFrom([]string{"b-1.1", "b-1.2"}).Draw(t, "conn")
					for _, id := range o.ask(t, conn, conn) {
						asked = append(asked, &question{conn: conn, id: id, until: time.Now().Add(30 * time.Second)})
					}
				},
				"reply": func(t *rapid.T) {
					if len(asked) == 0 {
						return
					}
					q := asked[rapid.IntRange(0, len(asked)-1).Draw(t, "which")]
					want := "late"
					if !q.answered && time.Now().Before(q.until) {
						want, q.answered = "conn:"+q.conn, true
					}
					if got := o.reply("correlation=" + q.id); got != want {
						t.Fatalf("the reply reached %q, want %q", got, want)
					}
				},
				"sleep": func(t *rapid.T) { time.Sleep(time.Duration(rapid.IntRange(1, 20).Draw(t, "seconds")) * time.Second) },
			})
		})
	})
}

// Late replies are settled like all that is left out.
func TestLateRepliesAreSettled(t *testing.T) {
	var requests router.Requests
	var told coretest.Outlet
	r := router.New(quiet())
	r.Swap(map[string][]router.Outlet{"answers": {
		{Target: &told, Blocks: true, Counts: true, Answers: requests.Answerer("browsers", true)}}})
	ticket := &coretest.Ticket{}
	batch := from("answers", "correlation=x", "a=b", "correlation=y")
	batch.Ticket = ticket
	r.Accept(batch)
	if ticket.TimesSettled(0)+ticket.TimesSettled(2) != 2 || ticket.TimesSettled(1) != 0 {
		t.Error("late replies are not settled, or others are")
	}
	told.Take()[0].Ticket.Settled(0, 1)
	if ticket.TimesSettled(1) != 1 || ticket.Total() != 3 {
		t.Errorf("%d settled", ticket.Total())
	}
}
