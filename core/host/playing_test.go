package host

import (
	"context"
	"io"
	"os"
	"path"
	"path/filepath"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

var laneOptions = core.LaneOptions{Source: "somewhere"}

// player speaks a recorded plugin's part. With newer each message has fields that nobody knows yet.
type player struct {
	lines []spoken
	newer bool
	mu    sync.Mutex
	turns map[string]int
}

// part is what one side said in a call.
func part(lines []spoken, rpc, from string) []raw {
	var list []raw
	for _, line := range lines {
		if line.RPC == rpc && line.From == from {
			list = append(list, line.Wire)
		}
	}
	return list
}

func (p *player) handle(_ any, hub grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(hub)
	rpc := path.Base(method)
	said := part(p.lines, rpc, "plugin")
	if rpc == "Stream" {
		d := &dialogue{stream: hub, in: func() frame { return &pluginv1.StreamRequest{} }, out: func() frame { return &pluginv1.StreamResponse{} },
			adorn: p.adorn}
		d.play(said)
		<-hub.Context().Done()
		return nil
	}
	p.mu.Lock()
	if p.turns == nil {
		p.turns = map[string]int{}
	}
	turn := p.turns[rpc]
	p.turns[rpc]++
	p.mu.Unlock()
	if len(said) == 0 {
		return status.Error(codes.Unimplemented, rpc)
	}
	var asked raw
	if err := hub.RecvMsg(&asked); err != nil {
		return err
	}
	answer := p.adorn(rpc, "plugin", said[min(turn, len(said)-1)])
	return hub.SendMsg(&answer)
}

func (p *player) adorn(rpc, from string, text raw) raw {
	if !p.newer {
		return text
	}
	return adorned(rpc, from, text)
}

// adorned has fields in each message and in all messages within it that nobody knows: a number and a text.
func adorned(rpc, from string, text raw) raw {
	method := pluginv1.File_araldo_plugin_v1_plugin_proto.Services().Get(0).Methods().ByName(protoreflect.Name(rpc))
	kind := method.Input()
	if from == "plugin" {
		kind = method.Output()
	}
	m := dynamicpb.NewMessage(kind)
	if err := proto.Unmarshal(text, m); err != nil {
		panic(err)
	}
	adorn(m)
	text, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return text
}

func adorn(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Message() == nil || field.IsMap():
		case field.IsList():
			for i := range value.List().Len() {
				adorn(value.List().Get(i).Message())
			}
		default:
			adorn(value.Message())
		}
		return true
	})
	unknown := protowire.AppendVarint(protowire.AppendTag(m.GetUnknown(), 1000, protowire.VarintType), 7)
	m.SetUnknown(protowire.AppendString(protowire.AppendTag(unknown, 1001, protowire.BytesType), "of a later version"))
}

// frame is what both kinds of frame have.
type frame interface {
	proto.Message
	GetBatches() []*pluginv1.Batch
	GetReceipts() []*pluginv1.Receipt
	GetCredits() []*pluginv1.Credit
}

// dialogue speaks one side's recorded frames, each when the other side has said what it needs: the rules of the protocol
// hold, however the other side cuts its frames today.
type dialogue struct {
	stream interface {
		SendMsg(any) error
		RecvMsg(any) error
		Context() context.Context
	}
	in, out func() frame
	adorn   func(rpc, from string, text raw) raw

	// heard has one where the other side said something since it was last looked at.
	heard chan struct{}

	mu sync.Mutex
	// What the other side said: messages, messages that it granted, settled up to, lanes that it opened, payloads.
	messages, granted, settled uint64
	opened                     map[uint32]bool
	payloads                   []string
	wrong                      error
}

// listen takes in what the other side says until the stream ends.
func (d *dialogue) listen() {
	for {
		var text raw
		if d.stream.RecvMsg(&text) != nil {
			return
		}
		f := d.in()
		err := proto.Unmarshal(text, f)
		d.mu.Lock()
		d.wrong = err
		for _, b := range f.GetBatches() {
			d.messages += uint64(len(b.Payloads))
			for _, payload := range b.Payloads {
				d.payloads = append(d.payloads, string(payload))
			}
		}
		for _, c := range f.GetCredits() {
			d.granted += c.Messages
		}
		for _, r := range f.GetReceipts() {
			d.settled = max(d.settled, r.SettledUpTo)
		}
		if request, is := f.(*pluginv1.StreamRequest); is {
			for _, open := range request.LaneOpens {
				d.opened[open.Lane] = true
			}
		}
		d.mu.Unlock()
		select {
		case d.heard <- struct{}{}:
		default:
		}
	}
}

// play says all of a side's part.
func (d *dialogue) play(said []raw) {
	d.opened, d.heard = map[uint32]bool{}, make(chan struct{}, 1)
	go d.listen()
	from := "plugin"
	if _, hub := d.out().(*pluginv1.StreamRequest); hub {
		from = "hub"
	}
	var sent uint64
	for _, text := range said {
		f := d.out()
		if err := proto.Unmarshal(text, f); err != nil {
			panic(err)
		}
		for _, b := range f.GetBatches() {
			sent += uint64(len(b.Payloads))
		}
		d.await(f, sent, from == "plugin")
		text = d.adorn("Stream", from, text)
		if d.stream.SendMsg(&text) != nil {
			return
		}
	}
}

// await waits until a frame may be sent by the rules.
func (d *dialogue) await(f frame, sent uint64, lanes bool) {
	for {
		d.mu.Lock()
		may := d.granted >= sent
		for _, r := range f.GetReceipts() {
			may = may && d.messages >= r.SettledUpTo
		}
		for _, c := range f.GetCredits() {
			may = may && (!lanes || d.opened[c.Lane])
		}
		d.mu.Unlock()
		if may {
			return
		}
		select {
		case <-d.heard:
		case <-d.stream.Context().Done():
			return
		}
	}
}

func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for i := range files {
		if files[i], err = filepath.Abs(files[i]); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestASessionIsAsRecorded(t *testing.T) {
	file := os.Getenv(recordVariable)
	if file == "" {
		file = filepath.Join(t.TempDir(), "recording.jsonl")
	}
	session(t, "HOST_TEST_RECORDED="+file)
	lines := readRecording(file)
	for _, rpc := range []string{"GetInfo", "ValidateConfig", "Open", "Stream", "Close"} {
		if len(part(lines, rpc, "hub")) == 0 || len(part(lines, rpc, "plugin")) == 0 {
			t.Errorf("nothing of %s was recorded", rpc)
		}
	}
}

func TestAPluginOfThenWorksWithTheHubOfToday(t *testing.T) {
	for _, file := range recordings(t) {
		session(t, "HOST_TEST_PLAYED="+file)
	}
}

func TestAPluginThatSaysMoreThanTheHubKnowsWorks(t *testing.T) {
	for _, file := range recordings(t) {
		session(t, "HOST_TEST_PLAYED="+file, "HOST_TEST_NEWER=1")
	}
}

func TestAHubOfThenWorksWithTheSDKOfToday(t *testing.T) {
	for _, file := range recordings(t) {
		playHub(t, file, func(_, _ string, text raw) raw { return text })
	}
}

func TestAHubThatSaysMoreThanTheSDKKnowsWorks(t *testing.T) {
	for _, file := range recordings(t) {
		playHub(t, file, adorned)
	}
}

// What a hub may leave out has the value that the specification names for it.
func TestAHubThatSaysTheLeastWorks(t *testing.T) {
	for _, file := range recordings(t) {
		playHub(t, file, func(rpc, _ string, text raw) raw {
			if rpc != "ValidateConfig" && rpc != "Open" {
				return text
			}
			return bare(t, rpc, text)
		})
	}
}

// bare leaves the environment out of an instance's configuration.
func bare(t *testing.T, rpc string, text raw) raw {
	t.Helper()
	m := proto.Message(&pluginv1.OpenRequest{})
	if rpc == "ValidateConfig" {
		m = &pluginv1.ValidateConfigRequest{}
	}
	if err := proto.Unmarshal(text, m); err != nil {
		t.Fatal(err)
	}
	m.(interface {
		GetInstance() *pluginv1.InstanceConfig
	}).GetInstance().Environment = nil
	text, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// playHub speaks a recorded hub's part to a plugin of today's SDK.
func playHub(t *testing.T, file string, adorn func(rpc, from string, text raw) raw) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	connection, err := dialRaw(serveEcho(ctx, filepath.Join(shortDir(t), "socket")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); connection.Close() })
	lines := readRecording(file)
	call := func(rpc string) {
		asked := adorn(rpc, "hub", part(lines, rpc, "hub")[0])
		var answer raw
		if err := connection.Invoke(ctx, path.Dir(pluginv1.PluginService_Stream_FullMethodName)+"/"+rpc, &asked, &answer); err != nil {
			t.Errorf("%s: %s: %v", file, rpc, err)
		}
	}
	for _, rpc := range []string{"GetInfo", "ValidateConfig", "Open"} {
		call(rpc)
	}
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, pluginv1.PluginService_Stream_FullMethodName)
	if err != nil {
		t.Fatal(err)
	}
	d := &dialogue{stream: stream, in: func() frame { return &pluginv1.StreamResponse{} }, out: func() frame { return &pluginv1.StreamRequest{} }, adorn: adorn}
	d.play(part(lines, "Stream", "hub"))
	eventually(t, "five came back and five are settled", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.payloads) == 5 && d.settled == 5
	})
	if d.wrong != nil || d.payloads[4] != "echo 4" {
		t.Errorf("%s: it brought %q, %v", file, d.payloads, d.wrong)
	}
	call("Close")
	if err := stream.CloseSend(); err != nil && err != io.EOF {
		t.Error(err)
	}
}
