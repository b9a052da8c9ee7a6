package sdk_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// loopback is a plugin with every optional ability. Its outside is the endpoint itself: what it is sent comes back in,
// until the hub has settled it.
var loopback = sdk.Plugin{Name: "loopback", Version: "1", Types: []sdk.Type{
	sdk.Endpoint("endpoint-loop", "brings back what it is sent", sdk.Capabilities{
		Inbound:  &sdk.Inbound{Ack: sdk.AckMessage, Replay: sdk.ReplayPending, Pausable: true},
		Outbound: &sdk.Outbound{Confirm: sdk.ConfirmAccepted},
	}, func(_ context.Context, in sdk.Instance, c loopConfig) (sdk.Closer, error) {
		return &loop{config: c, enabled: in.Enabled, unsettled: make(map[string][]byte), some: make(chan struct{}, 1)}, nil
	}),
	sdk.Marshalling("marshal-loop", "upper case", func(sdk.Setting, noConfig) (sdk.Marshaller, error) { return upper{}, nil }),
}}

type loopConfig struct {
	Made    int  `key:"made" default:"0" doc:"Bring in so many messages at the start."`
	Stalled bool `key:"stalled" default:"false"`
}

type loop struct {
	config loopConfig
	some   chan struct{} // capacity 1

	mu        sync.Mutex
	enabled   bool
	drained   bool
	made      int
	waiting   []string // tokens
	unsettled map[string][]byte
}

func (l *loop) Receive(ctx context.Context, emit sdk.Emit) error {
	l.mu.Lock()
	if l.made == 0 {
		for range l.config.Made {
			l.add(fmt.Append(nil, "message ", l.made+1))
		}
	}
	l.mu.Unlock()
	for ctx.Err() == nil {
		messages, tokens := l.take()
		if err := emit(ctx, messages, tokens...); err != nil {
			return err
		}
		select {
		case <-l.some:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// add brings in one message. The caller holds the lock.
func (l *loop) add(payload []byte) {
	l.made++
	token := strconv.Itoa(l.made)
	l.unsettled[token] = payload
	l.bring(token)
}

// bring queues tokens for Receive. The caller holds the lock.
func (l *loop) bring(tokens ...string) {
	l.waiting = append(l.waiting, tokens...)
	select {
	case l.some <- struct{}{}:
	default:
	}
}

func (l *loop) take() (messages []sdk.Message, tokens []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tokens, l.waiting = l.waiting, nil
	for _, token := range tokens {
		messages = append(messages, sdk.Message{Payload: l.unsettled[token]})
	}
	return messages, tokens
}

func (l *loop) Settle(_ context.Context, settled, returned []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, token := range settled {
		delete(l.unsettled, token)
	}
	l.bring(returned...)
	return nil
}

func (l *loop) Lane(sdk.LaneOptions) (sdk.Sink, error) { return looped{l}, nil }

func (l *loop) Drain(_ context.Context, direction sdk.Direction) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drained = direction == sdk.DirectionInbound
	return nil
}

func (l *loop) SetEnabled(_ context.Context, enabled bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.enabled = enabled
	return nil
}

func (l *loop) Inspect() sdk.Inspection {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sdk.Inspection{Figures: []sdk.Figure{{Name: "unsettled", Value: int64(len(l.unsettled))}}}
}

func (l *loop) Pause(bool) {}

func (l *loop) Close(context.Context, sdk.CloseReason) error { return nil }

// looped is a lane's sink.
type looped struct{ loop *loop }

func (s looped) StopsAtFirstFailure() {}

func (s looped) Send(ctx context.Context, messages []sdk.Message) error {
	l := s.loop
	if l.config.Stalled {
		<-ctx.Done()
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range messages {
		l.add(slices.Clone(messages[i].Payload))
	}
	return nil
}

// parity: A17
func TestConformance(t *testing.T) {
	sdktest.Run(t, loopback, sdktest.Promises{
		ID: "endpoint-loop",
		New: func(testing.TB) sdktest.Outside {
			return sdktest.Outside{
				Config: `{"made": 2000}`,
				Feed: func(_ testing.TB, payloads [][]byte) [][]byte {
					made := make([][]byte, len(payloads))
					for i := range made {
						made[i] = fmt.Append(nil, "message ", i+1)
					}
					return made
				},
			}
		},
		NewStalled: func(testing.TB) sdktest.Outside { return sdktest.Outside{Config: `{"stalled": true}`} },
		BadConfigs: map[string]string{`{"made": "many"}`: "/made"},
	})
}
