package sdk_test

import (
	"context"
	"slices"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// brought is a source of the messages 1 and 2 with the tokens a and b, which tells what is settled and when it was closed.
func brought(told chan<- string) *acking {
	return &acking{
		endpoint: endpoint{
			receive: func(ctx context.Context, emit sdk.Emit) error {
				_ = emit(ctx, text("1", "2"), "a", "b")
				<-ctx.Done()
				return nil
			},
			close: func() error { told <- "closed"; return nil },
		},
		settle: func(settled, _ []string) error {
			for _, token := range settled {
				told <- token
			}
			return nil
		},
	}
}

func inOrder(t *testing.T, told <-chan string) {
	t.Helper()
	var got []string
	for len(got) == 0 || got[len(got)-1] != "closed" {
		got = append(got, <-told)
	}
	if !slices.Equal(got, []string{"a", "b", "closed"}) {
		t.Errorf("it was told %v", got)
	}
}

// The last receipts and the call that closes go over different streams of one connection.
func TestCloseComesAfterTheLastReceipts(t *testing.T) {
	told := make(chan string, 10)
	h, session := start(t, brought(told))
	session.OpenInbound(t, 1, plenty, plenty)
	session.Wait(t, "messages", messages(2))
	closed := make(chan error, 1)
	go func() {
		_, err := h.Client.Close(t.Context(), &pluginv1.CloseRequest{Name: "one", Frames: 2})
		closed <- err
	}()
	session.Settle(t, core.Receipt{Epoch: 1, UpTo: 2})
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	inOrder(t, told)
}

func TestASourceIsSwitchedOffWhenWhatItBroughtIsSettled(t *testing.T) {
	told := make(chan string, 10)
	h, session := start(t, brought(told))
	session.OpenInbound(t, 1, plenty, plenty)
	session.Wait(t, "messages", messages(2))
	switched := make(chan error, 1)
	go func() { switched <- h.SetEnabled("one", false) }()
	session.Settle(t, core.Receipt{Epoch: 1, UpTo: 2})
	if err := <-switched; err != nil {
		t.Fatal(err)
	}
	inOrder(t, told)
}
