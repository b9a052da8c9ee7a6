package host

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// ask asks for as many endpoints as argument says, each named by its number, or asks what the hub must refuse.
func (s *testStream) ask(argument string) {
	frame := &pluginv1.StreamResponse{}
	n, err := strconv.Atoi(argument)
	for i := range n {
		frame.Questions = append(frame.Questions, lookupQuestion(i+1))
	}
	switch argument {
	case "nothing":
		frame.Questions = []*pluginv1.Question{{Number: 1}}
	case "twice":
		frame.Questions = []*pluginv1.Question{lookupQuestion(1), lookupQuestion(1)}
	case "no messages":
		frame.Questions = []*pluginv1.Question{{Number: 1, About: &pluginv1.Question_Marshal_{}}}
	case "columns":
		frame.Questions = []*pluginv1.Question{{Number: 1, About: &pluginv1.Question_Unmarshal_{Unmarshal_: &pluginv1.ConversionQuestion{
			Batch: &pluginv1.Batch{Payloads: [][]byte{{1}}, HeaderOf: []uint32{7}}}}}}
	case "too large":
		frame.Questions = []*pluginv1.Question{{Number: 1, About: &pluginv1.Question_Unmarshal_{Unmarshal_: &pluginv1.ConversionQuestion{
			Batch: &pluginv1.Batch{Payloads: [][]byte{make([]byte, 1<<20+1)}}}}}}
	case "too many":
		frame.Questions = []*pluginv1.Question{{Number: 1, About: &pluginv1.Question_Unmarshal_{Unmarshal_: &pluginv1.ConversionQuestion{
			Batch: &pluginv1.Batch{Payloads: make([][]byte, 5000)}}}}}
	default:
		if err != nil {
			panic(err)
		}
	}
	s.send(frame)
}

func lookupQuestion(n int) *pluginv1.Question {
	return &pluginv1.Question{Number: uint64(n), TimeoutMs: 500,
		About: &pluginv1.Question_Lookup{Lookup: &pluginv1.LookupQuestion{Name: fmt.Sprint(n)}}}
}

// slowDesk answers when it is told to, or when nobody waits any more.
type slowDesk struct{ answer chan struct{} }

func (d slowDesk) Lookup(ctx context.Context, asker, name string) (core.Found, error) {
	select {
	case <-d.answer:
		return core.Found{State: core.StateReady}, nil
	case <-ctx.Done():
		return core.Found{}, fmt.Errorf("%w: %s waited in vain for %s", core.ErrUnavailable, asker, name)
	}
}

func (d slowDesk) Marshalling(context.Context, string) (*Marshalling, error) {
	return nil, fmt.Errorf("%w: there is none", core.ErrUnknown)
}

func newAskingBench(t *testing.T, desk Desk) *bench {
	t.Helper()
	f := newFixture(t)
	f.options.Desk = desk
	b := &bench{fixture: f, plugin: f.start(t, testSpec(t, "good")), inlet: &inlet{}, outlet: &outlet{}}
	b.endpoint = b.plugin.add(t, Instance{}, b.inlet, b.outlet)
	return b
}

// A hub that is slow to answer holds up nothing else, and its answer is late rather than never.
func TestQuestionsHoldUpNothing(t *testing.T) {
	b := newAskingBench(t, slowDesk{make(chan struct{})})
	b.outlet.sendAll(t, fmt.Sprintf("ask:%d", mostQuestions))
	b.outlet.sendAll(t, "alive")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "alive" })
	for n := 1; n <= mostQuestions; n++ {
		b.expectLog(t, fmt.Sprintf("answer %d: unavailable: one waited in vain for %d", n, n))
	}
	if d := b.outlet.downs(); len(d) != 0 {
		t.Errorf("down: %v", d)
	}
}

// fault: B18
func TestWhoAsksTooMuchLosesItsStream(t *testing.T) {
	for _, command := range []string{fmt.Sprint(mostQuestions + 1), "twice"} {
		t.Run(command, func(t *testing.T) {
			b := newAskingBench(t, slowDesk{make(chan struct{})})
			b.outlet.sendAll(t, "ask:"+command)
			eventually(t, "a new stream", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == 2 }); return })
			if r := b.endpoint.Status().Rejected; r["stream-question"] != 1 || len(r) != 1 {
				t.Errorf("rejected %v", r)
			}
			b.outlet.sendAll(t, "alive")
			eventually(t, "the echo", func() bool { return b.inlet.payloads() == "alive" })
		})
	}
}

// fault: B18
func TestQuestionsThatAreNoneAreRefused(t *testing.T) {
	for command, answer := range map[string]string{
		"nothing":     "refused: the hub knows no such question",
		"no messages": "refused: there is no message",
		"columns":     "refused: ",
		"too large":   "refused: message 0 is larger than max-message",
		"too many":    "refused: 5000 messages of ",
	} {
		t.Run(command, func(t *testing.T) {
			b := newAskingBench(t, slowDesk{make(chan struct{})})
			b.outlet.sendAll(t, "ask:"+command)
			b.expectLog(t, "answer 1: "+answer)
			if d := b.outlet.downs(); len(d) != 0 {
				t.Errorf("down: %v", d)
			}
		})
	}
}

func TestHubWithoutADeskTakesNoQuestions(t *testing.T) {
	b := newAskingBench(t, nil)
	b.outlet.sendAll(t, "ask:1")
	eventually(t, "a new stream", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == 2 }); return })
}
