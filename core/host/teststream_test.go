package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// testStream is a stream's plugin side: it echoes every message of its lanes on lane 0, heartbeats, and misbehaves as
// its instance's configuration and the messages tell it.
type testStream struct {
	plugin *testPlugin
	pluginv1.PluginService_StreamServer
	do    string
	mu    sync.Mutex // guards Send
	epoch uint64
	next  uint64
}

func (p *testPlugin) Stream(w pluginv1.PluginService_StreamServer) error {
	first, err := w.Recv()
	if err != nil {
		return err
	}
	p.mu.Lock()
	opened := p.open[first.Attach.GetName()]
	p.mu.Unlock()
	if opened == nil {
		return status.Error(codes.NotFound, "not open")
	}
	var config testConfig
	_ = json.Unmarshal(opened.Instance.ConfigJson, &config)
	s := &testStream{plugin: p, PluginService_StreamServer: w, do: config.Do, next: 1}
	if s.do != "silent" {
		go s.heartbeat()
	}
	for {
		frame, err := w.Recv()
		if err != nil {
			return nil
		}
		if err := s.apply(frame); err != nil {
			return err
		}
	}
}

func (s *testStream) heartbeat() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.Context().Done():
			return
		case <-tick.C:
			s.send(&pluginv1.StreamResponse{Heartbeat: &pluginv1.Heartbeat{}})
		}
	}
}

func (s *testStream) send(frame *pluginv1.StreamResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.Send(frame)
	s.plugin.sent.Add(1)
}

func (s *testStream) apply(frame *pluginv1.StreamRequest) error {
	for _, open := range frame.LaneOpens {
		if open.Lane == 0 {
			s.epoch, s.next = open.Epoch, 1
			continue
		}
		s.send(&pluginv1.StreamResponse{Credits: []*pluginv1.Credit{
			{Lane: open.Lane, Epoch: open.Epoch, Messages: 1000, Bytes: 64 << 20},
		}})
	}
	for _, b := range frame.Batches {
		if err := s.take(b); err != nil {
			return err
		}
	}
	for _, c := range frame.LaneCloses {
		s.plugin.log.Info(fmt.Sprintf("lane %d is closed", c.Lane))
	}
	for _, a := range frame.Answers {
		s.plugin.log.Info(fmt.Sprintf("answer %d: %s", a.Number, a.GetError().GetDetail()))
	}
	for _, r := range frame.Receipts {
		text := fmt.Sprintf("receipt up to %d", r.SettledUpTo)
		for _, x := range r.Exceptions {
			text += fmt.Sprintf(" %s %d+%d", strings.TrimPrefix(x.Outcome.String(), "OUTCOME_"), x.First, x.Count)
		}
		s.plugin.log.Info(text)
	}
	return nil
}

// take receipts a batch, gives its credit back and does what its messages say; others are echoed.
func (s *testStream) take(b *pluginv1.Batch) error {
	n := uint64(len(b.Payloads))
	s.send(&pluginv1.StreamResponse{
		Receipts: []*pluginv1.Receipt{{Lane: b.Lane, Epoch: b.Epoch, SettledUpTo: b.Sequence + n - 1}},
		Credits:  []*pluginv1.Credit{{Lane: b.Lane, Epoch: b.Epoch, Messages: n, Bytes: 1 << 20}},
	})
	for _, payload := range b.Payloads {
		command, argument, _ := strings.Cut(string(payload), ":")
		if err := s.obey(command, argument, b); err != nil {
			return err
		}
	}
	return nil
}

func (s *testStream) emit(payloads ...[]byte) *pluginv1.Batch {
	b := &pluginv1.Batch{Epoch: s.epoch, Sequence: s.next, Payloads: payloads}
	s.next += uint64(len(payloads))
	return b
}

func (s *testStream) sendBatch(b *pluginv1.Batch) {
	s.send(&pluginv1.StreamResponse{Batches: []*pluginv1.Batch{b}})
}

func (s *testStream) sendReceipt(r *pluginv1.Receipt) {
	s.send(&pluginv1.StreamResponse{Receipts: []*pluginv1.Receipt{r}})
}

// obey does what a message from the hub asks for: the plugin's own fate, what it brings, or what it answers.
func (s *testStream) obey(command, argument string, from *pluginv1.Batch) error {
	switch command {
	case "quiet":
	case "die":
		os.Exit(7)
	case "panic":
		go func() { panic("the test asked for it") }()
		<-s.Context().Done()
	case "print":
		fmt.Println(argument)
	case "log":
		s.plugin.log.Warn(argument, "endpoint", "x")
	case "flood the log":
		for i := range 50_000 {
			s.plugin.log.Info("flood", "i", i)
		}
	case "end the stream":
		return status.Error(codes.Internal, "a bug")
	case "forget":
		s.plugin.mu.Lock()
		clear(s.plugin.open)
		s.plugin.mu.Unlock()
		return status.Error(codes.NotFound, "not open")
	case "event":
		kind := pluginv1.EventKind(pluginv1.EventKind_value["EVENT_KIND_"+argument])
		s.send(&pluginv1.StreamResponse{Events: []*pluginv1.Event{{Kind: kind, Cause: "no\nroute", Missed: 3}}})
	case "ask":
		s.ask(argument)
	default:
		if !s.bringsWrong(command) && !s.answersWrong(command, from) {
			s.brings(command, argument)
		}
	}
	return nil
}

// bringsWrong sends batches that break a rule.
func (s *testStream) bringsWrong(command string) (is bool) {
	switch command {
	case "overdraw":
		s.sendBatch(s.emit(make([][]byte, windowMessages+1)...))
	case "overdraw bytes":
		s.sendBatch(s.emit(make([]byte, 900<<10), make([]byte, 900<<10)))
		for range 6 {
			s.sendBatch(s.emit(make([]byte, 900<<10)))
		}
	case "wrong epoch":
		b := s.emit([]byte("void"))
		s.next--
		b.Epoch += 5
		s.sendBatch(b)
	case "twice":
		b := s.emit([]byte("once"))
		s.sendBatch(b)
		s.sendBatch(b)
	case "gap":
		s.next++
		s.sendBatch(s.emit([]byte("gap")))
	case "columns":
		b := s.emit([]byte("a"))
		b.HeaderOf = []uint32{4}
		s.sendBatch(b)
	case "headers":
		b := s.emit([]byte("a"))
		b.Headers = make([]*pluginv1.Header, 100)
		for i := range b.Headers {
			b.Headers[i] = &pluginv1.Header{}
		}
		s.sendBatch(b)
	case "lane 9":
		b := s.emit([]byte("a"))
		b.Lane = 9
		s.sendBatch(b)
	case "huge frame":
		s.sendBatch(s.emit(make([]byte, 8<<20)))
	case "too large":
		b := s.emit([]byte("before"), make([]byte, 1<<20+1), []byte("after"))
		s.sendBatch(b)
	case "no messages":
		b := s.emit([]byte("sound"), []byte("none"), make([]byte, 1<<20+1), []byte("large"), []byte("sound too"))
		b.Headers = []*pluginv1.Header{{ContentType: "text/plain"}, {Fault: &pluginv1.Fault{Detail: "no\nbody"}},
			{Fault: &pluginv1.Fault{Detail: "very large", TooLarge: true}}}
		b.HeaderOf = []uint32{0, 1, 1, 2, 0}
		s.sendBatch(b)
	default:
		return false
	}
	return true
}

// answersWrong sends receipts and credits that break a rule, for the lane of a batch.
func (s *testStream) answersWrong(command string, from *pluginv1.Batch) (is bool) {
	switch command {
	case "receipt for lane 9":
		s.sendReceipt(&pluginv1.Receipt{Lane: 9, Epoch: 1, SettledUpTo: 1})
	case "receipt too far":
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: 1 << 60})
	case "exception too far":
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: from.Sequence,
			Exceptions: []*pluginv1.Exception{{First: 1 << 50, Count: 1, Outcome: pluginv1.Outcome_OUTCOME_FAILED}}})
	case "counts too many":
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: from.Sequence,
			Counts: []*pluginv1.OutcomeCount{{Outcome: pluginv1.Outcome_OUTCOME_NO_RECIPIENT, Count: 1}}})
	case "receipt back":
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: from.Sequence - 1})
	case "credit without end":
		s.send(&pluginv1.StreamResponse{Credits: []*pluginv1.Credit{{Lane: from.Lane, Epoch: from.Epoch, Messages: 1 << 63}}})
	default:
		return false
	}
	return true
}

// brings sends batches as they may be; a command that is none comes back as a message.
func (s *testStream) brings(command, argument string) {
	switch command {
	case "attributes":
		b := s.emit([]byte("a"), []byte("b"))
		b.HeaderOf = []uint32{0, 1}
		b.Headers = []*pluginv1.Header{
			{ContentType: "text/plain", Attributes: []*pluginv1.Attribute{
				{Name: "conn", Value: "ws-1.1"}, {Name: "Bad Name", Value: "x"}, {Name: "line", Value: "a\nb"},
				{Name: "to", Value: "conn:x"}, {Name: "hops", Value: "1"}, {Name: "source", Value: "someone else"},
				{Name: "utf", Value: "\xff"}, {Name: "deadroute", Value: "orders"},
			}}, {ContentType: "text/\x00", Attributes: []*pluginv1.Attribute{{Name: "kind", Value: "text"}}},
		}
		s.sendBatch(b)
	case "own ids":
		b := s.emit([]byte("a"), []byte("b"))
		b.IdBase, b.TimeUnixNano = bytes.Repeat([]byte{7}, 16), 42
		s.sendBatch(b)
	case "some ids":
		b := s.emit([]byte("a"), []byte("b"), []byte("c"))
		b.Ids = [][]byte{make([]byte, 16), bytes.Repeat([]byte{7}, 16), make([]byte, 16)}
		b.TimeOffsets = []int64{0, 42, 0}
		s.sendBatch(b)
	case "emit":
		n := 0
		_, _ = fmt.Sscan(argument, &n)
		for i := range n {
			s.sendBatch(s.emit(fmt.Appendf(nil, "%d", i)))
		}
	default:
		s.sendBatch(s.emit([]byte(command)))
	}
}
