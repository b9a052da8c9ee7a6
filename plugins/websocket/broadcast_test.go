package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func attributed(text string, list ...sdk.Attribute) sdk.Message {
	return sdk.Message{Payload: []byte(text), Header: &sdk.Header{Attributes: core.NewAttributes(list...)}}
}

func to(text, whom string) sdk.Message {
	return attributed(text, sdk.Attribute{Name: "to", Value: whom})
}

// parity: A3 W2
func TestEveryConnectionGetsEveryMessageInOrder(t *testing.T) {
	s := serve(t, defaults())
	clients := []*websocket.Conn{s.dial(t, nil), s.dial(t, nil), s.dial(t, nil)}
	sink := s.sink(t, sdk.LaneOptions{})
	const rounds, each = 50, 20
	go func() {
		for r := range rounds {
			var batch []sdk.Message
			for i := range each {
				batch = append(batch, texts(fmt.Sprint(r*each+i))...)
			}
			if err := sink.Send(context.Background(), batch); err != nil {
				t.Error(err)
			}
		}
	}()
	for n, c := range clients {
		for i := range rounds * each {
			if _, text := read(t, c); text != fmt.Sprint(i) {
				t.Fatalf("client %d: message %d is %s", n, i, text)
			}
		}
	}
}

// fault: B8
func TestFramesAreOfTheRightKind(t *testing.T) {
	kind := func(text, kind string) sdk.Message { return attributed(text, sdk.Attribute{Name: "kind", Value: kind}) }
	const isText, isBinary = websocket.MessageText, websocket.MessageBinary
	tests := []struct {
		frames  Frames
		message sdk.Message
		want    websocket.MessageType
	}{
		{FramesAuto, texts("plain")[0], isText},
		{FramesAuto, texts("\xff")[0], isBinary},
		{FramesAuto, kind("plain", "binary"), isBinary},
		{FramesAuto, kind("plain", "text"), isText},
		{FramesAuto, kind("\xff", "text"), isBinary},
		{FramesAuto, kind("plain", "other"), isText},
		{FramesText, kind("plain", "binary"), isText},
		{FramesText, texts("\xff")[0], isBinary},
		{FramesBinary, texts("plain")[0], isBinary},
	}
	for _, test := range tests {
		config := defaults()
		config.Frames = test.frames
		s := serve(t, config)
		c := s.dial(t, nil)
		if err := s.sink(t, sdk.LaneOptions{}).Send(within(t), []sdk.Message{test.message}); err != nil {
			t.Fatal(err)
		}
		if got, text := read(t, c); got != test.want || text != string(test.message.Payload) {
			t.Errorf("frames %s, %+v: got %v %q", test.frames, test.message, got, text)
		}
		_ = c.CloseNow()
		s.end(t, sdk.CloseRemoved)
	}
}

func TestPayloadsOfAnySizeAreSent(t *testing.T) {
	s := serve(t, defaults())
	c := s.dial(t, nil)
	sink := s.sink(t, sdk.LaneOptions{})
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, 1 << 20, 3 << 20} {
		if err := sink.Send(within(t), texts(strings.Repeat("z", size))); err != nil {
			t.Fatal(err)
		}
		if _, text := read(t, c); len(text) != size {
			t.Errorf("%d bytes arrived as %d", size, len(text))
		}
	}
}

func TestNobodyConnectedIsNoRecipient(t *testing.T) {
	s := serve(t, defaults())
	err := s.sink(t, sdk.LaneOptions{}).Send(within(t), texts("a", "b"))
	var failed *sdk.SendError
	if !errors.As(err, &failed) || len(failed.Exceptions) != 1 || failed.Exceptions[0] !=
		(sdk.Exception{Index: 0, Count: 2, Outcome: core.OutcomeNoRecipient}) {
		t.Errorf("Send returned %v", err)
	}
}

// parity: W7
func TestAddressedMessagesReachWhomTheyName(t *testing.T) {
	s := serve(t, defaults())
	one, two, three := s.dial(t, nil), s.dial(t, nil), s.dial(t, nil)
	err := s.sink(t, sdk.LaneOptions{}).Send(within(t), []sdk.Message{
		texts("first")[0],
		to("private", "conn:browsers-7.2"),
		to("shared", "conn:browsers-7.1, conn:browsers-7.3,conn:browsers-7.1,conn:gone"),
		to("lost", "conn:browsers-6.1,room:kitchen"),
		to("nobody", ""),
		to("public", "all"),
		texts("last")[0],
	})
	for i, c := range []*websocket.Conn{one, two, three} {
		want := [][]string{{"first", "shared", "public", "last"}, {"first", "private", "public", "last"},
			{"first", "shared", "public", "last"}}[i]
		for _, text := range want {
			if _, got := read(t, c); got != text {
				t.Errorf("client %d got %q, want %q", i, got, text)
			}
		}
	}
	var failed *sdk.SendError
	if !errors.As(err, &failed) || len(failed.Exceptions) != 2 || failed.Exceptions[0].Index != 3 ||
		failed.Exceptions[1].Index != 4 {
		t.Errorf("Send returned %+v", err)
	}
	if got := s.figure(t, "unknown-recipient"); got != 3 {
		t.Errorf("unknown-recipient is %d, want 3", got)
	}
}

func TestNoEchoLeavesTheSenderOut(t *testing.T) {
	s := serve(t, defaults())
	one, two := s.dial(t, nil), s.dial(t, nil)
	write(t, one, websocket.MessageText, "from one")
	fromOne := s.next(t)
	write(t, two, websocket.MessageText, "from two")
	fromTwo := s.next(t)
	batch := []sdk.Message{texts("a")[0], fromOne, fromTwo, fromOne, texts("z")[0]}
	if err := s.sink(t, sdk.LaneOptions{NoEcho: true}).Send(within(t), batch); err != nil {
		t.Fatal(err)
	}
	for i, c := range []*websocket.Conn{one, two} {
		want := [][]string{{"a", "from two", "z"}, {"a", "from one", "from one", "z"}}[i]
		for _, text := range want {
			if _, got := read(t, c); got != text {
				t.Errorf("client %d got %q, want %q", i+1, got, text)
			}
		}
	}
	_ = two.Close(websocket.StatusNormalClosure, "")
	eventually(t, "one client is left", func() bool { return s.figure(t, "connections") == 1 })
	var failed *sdk.SendError
	err := s.sink(t, sdk.LaneOptions{NoEcho: true}).Send(within(t), []sdk.Message{fromOne, fromTwo})
	if !errors.As(err, &failed) || len(failed.Exceptions) != 1 || failed.Exceptions[0].Index != 0 {
		t.Errorf("alone with its echo: %v", err)
	}
	if err := s.sink(t, sdk.LaneOptions{}).Send(within(t), []sdk.Message{fromOne}); err != nil {
		t.Errorf("with echo: %v", err)
	}
}

// big is a message that fills buffers fast.
var big = strings.Repeat("b", 60<<10)

// fault: F7
func TestASlowConnectionLosesAndItsSiblingsDoNot(t *testing.T) {
	s := serve(t, defaults(), func(_ *sdk.Instance, l *limits) {
		l.stall, l.grace = time.Second, 3*time.Second
	})
	slow := s.raw(t)
	quick := s.dial(t, nil)
	sink := s.sink(t, sdk.LaneOptions{})
	for i := 0; s.figure(t, "cut-slow") == 0; i++ {
		if err := sink.Send(within(t), texts(fmt.Sprint(i, big))); err != nil {
			t.Fatal(err)
		}
		if _, text := read(t, quick); !strings.HasPrefix(text, fmt.Sprint(i)) {
			t.Fatalf("the quick client got %.9s, want %d", text, i)
		}
	}
	if got := slow.closeCode(t); got != 1013 {
		t.Errorf("the slow client was closed with %d, want 1013", got)
	}
	if s.figure(t, "lost-slow") == 0 {
		t.Error("no loss was counted")
	}
	eventually(t, "the slow connection is gone", func() bool { return s.figure(t, "connections") == 1 })
}

func TestASlowConnectionIsWaitedForAndThenCut(t *testing.T) {
	config := defaults()
	config.Slow = SlowWait
	s := serve(t, config, func(_ *sdk.Instance, l *limits) {
		l.stall, l.grace = time.Second, 3*time.Second
	})
	slow := s.raw(t)
	sink := s.sink(t, sdk.LaneOptions{})
	const count = 500
	go func() { // reads late, but in time
		<-tick()
		_, _ = io.CopyN(io.Discard, slow.from, count*int64(len(big)+10+3)-200)
	}()
	for i := range count {
		if err := sink.Send(within(t), texts(fmt.Sprintf("%03d", i)+big)); err != nil {
			t.Fatal(err)
		}
	}
	if s.figure(t, "lost-slow") != 0 || s.figure(t, "cut-slow") != 0 {
		t.Fatal("a client that was only late lost messages")
	}
	eventually(t, "a client that takes nothing is cut", func() bool {
		err := sink.Send(within(t), texts(big))
		return err != nil && s.figure(t, "cut-slow") == 1
	})
}

// tick is a while in which what goes on by itself would have gone on.
func tick() <-chan time.Time { return time.After(100 * time.Millisecond) }
