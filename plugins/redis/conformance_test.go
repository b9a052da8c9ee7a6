package redis

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	server := startServer(t)
	var channels atomic.Int32
	sdktest.Run(t, Plugin, sdktest.Promises{
		ID: "endpoint-redis",
		New: func(t testing.TB) sdktest.Outside {
			return outside(t, server, fmt.Sprintf("conformance-%d", channels.Add(1)))
		},
		NewStalled: func(t testing.TB) sdktest.Outside {
			stalled := startServer(t)
			stalled.signal(syscall.SIGSTOP)
			return sdktest.Outside{Config: fmt.Sprintf(`{"port": %d, "channel": "stalled"}`, stalled.port)}
		},
		BadConfigs: map[string]string{
			`{}`:                                 "",
			`{"channel": 7}`:                     "/channel",
			`{"channel": "a", "port": 0}`:        "/port",
			`{"channel": "a", "pattern": "b"}`:   "/pattern",
			`{"channels": ["a", "a"]}`:           "/channels/1",
			`{"channel": "a", "url": "http://"}`: "/url",
		},
	})
}

// outside is a channel of the server, with a publisher and a subscriber of the test's own.
func outside(t testing.TB, server *server, channel string) sdktest.Outside {
	t.Helper()
	foreign := server.client()
	reader := foreign.Subscribe(context.Background(), channel)
	t.Cleanup(func() { _ = reader.Close() })
	arrived := reader.Channel(redis.WithChannelSize(10_000))
	return sdktest.Outside{
		Config: fmt.Sprintf(`{"url": %q, "channel": %q}`, server.url(), channel),
		Ready:  func(t testing.TB) { subscribers(t, foreign, channel, 2) },
		Feed: func(t testing.TB, payloads [][]byte) [][]byte {
			list := make([]string, len(payloads))
			for i := range payloads {
				list[i] = string(payloads[i])
			}
			publish(t, foreign, channel, list...)
			return payloads
		},
		Read: func(t testing.TB, n int) [][]byte {
			t.Helper()
			late := time.After(patience)
			var got [][]byte
			for len(got) < n {
				select {
				case m := <-arrived:
					got = append(got, []byte(m.Payload))
				case <-late:
					t.Fatalf("%d of %d messages came", len(got), n)
				}
			}
			return got
		},
	}
}

// parity: A15
func TestStreamConformance(t *testing.T) {
	server := startServer(t)
	var streams atomic.Int32
	sdktest.Run(t, Plugin, sdktest.Promises{
		ID: "endpoint-redis",
		New: func(t testing.TB) sdktest.Outside {
			return outsideStream(t, server, fmt.Sprintf("conformance-%d", streams.Add(1)))
		},
		NewStalled: func(t testing.TB) sdktest.Outside {
			stalled := startServer(t)
			stalled.signal(syscall.SIGSTOP)
			return sdktest.Outside{Config: fmt.Sprintf(`{"port": %d, "stream": "stalled", "group": "hub"}`, stalled.port)}
		},
		BadConfigs: map[string]string{
			`{"stream": "a", "channel": "b"}`:                     "/stream",
			`{"channel": "a", "group": "b"}`:                      "/group",
			`{"stream": "a", "consumer": "b"}`:                    "/consumer",
			`{"stream": "a", "group": "b", "start": "yesterday"}`: "/start",
			`{"stream": "a", "group": "b", "claim-idle": "1ms"}`:  "/claim-idle",
			`{"stream": "a", "maxlen": -1}`:                       "/maxlen",
			`{"stream": "a\u0000"}`:                               "/stream",
		},
	})
}

// outsideStream is a stream of the server. What is fed there is read by the endpoint, and what the endpoint adds comes
// behind it.
func outsideStream(t testing.TB, server *server, stream string) sdktest.Outside {
	foreign := client(t, server.url())
	return sdktest.Outside{
		Config: fmt.Sprintf(`{"url": %q, "stream": %q, "group": "hub"}`, server.url(), stream),
		Feed: func(t testing.TB, payloads [][]byte) [][]byte {
			list := make([]string, len(payloads))
			for i := range payloads {
				list[i] = string(payloads[i])
			}
			add(t, foreign, stream, list...)
			return payloads
		},
		Read: func(t testing.TB, n int) [][]byte {
			t.Helper()
			list, err := foreign.XRange(context.Background(), stream, "-", "+").Result()
			if err != nil {
				t.Fatal(err)
			}
			got := make([][]byte, len(list))
			for i, e := range list {
				got[i] = []byte(e.Values["body"].(string))
			}
			return got
		},
	}
}
