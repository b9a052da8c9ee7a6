package mock_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/plugins/mock"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, mock.Plugin) }

// parity: A17 A20
func TestConformance(t *testing.T) {
	sdktest.Run(t, mock.Plugin, sdktest.Promises{
		ID:  "endpoint-mock",
		New: newOutside,
		NewStalled: func(testing.TB) sdktest.Outside {
			return sdktest.Outside{Config: `{"stall-after": 0}`}
		},
		BadConfigs: map[string]string{
			`{"every": "often"}`:             "/every",
			`{"every": "-1s"}`:               "/every",
			`{"count": -1}`:                  "/count",
			`{"fail": {"class": "lazy"}}`:    "/fail/class",
			`{"fail": {"each": 0}}`:          "/fail/each",
			`{"confirm": "maybe"}`:           "/confirm",
			`{"disconnect": {"soon": true}}`: "/disconnect/soon",
		},
	})
}

// newOutside is a mock that makes numbers and records what it gets.
func newOutside(t testing.TB) sdktest.Outside {
	record := filepath.Join(t.TempDir(), "record")
	config, err := json.Marshal(map[string]any{
		"channel": "channel 1", "every": "0s", "payload": "{n}", "ack": true, "record": record,
	})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	return sdktest.Outside{
		Config: string(config),
		Feed: func(_ testing.TB, payloads [][]byte) [][]byte {
			made := make([][]byte, len(payloads))
			for i := range made {
				made[i] = fmt.Append(nil, i+1)
			}
			return made
		},
		Read: func(t testing.TB, n int) [][]byte {
			read += n
			return readRecord(t, record, read)[read-n:]
		},
	}
}

// readRecord waits until the record has n lines.
func readRecord(t testing.TB, path string, n int) [][]byte {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		lines := payloadsIn(t, path)
		if len(lines) >= n {
			return lines[:n]
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages recorded", len(lines), n)
		}
	}
}

func payloadsIn(t testing.TB, path string) [][]byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var list [][]byte
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 2<<20)
	for lines.Scan() {
		var l struct {
			Text  string `json:"text"`
			Bytes []byte `json:"base64"`
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		list = append(list, append(l.Bytes, l.Text...))
	}
	return list
}
