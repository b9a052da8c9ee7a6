package file

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	for _, sync := range []string{"none", "write"} {
		t.Run("sync "+sync, func(t *testing.T) {
			sdktest.Run(t, Plugin, sdktest.Promises{
				ID:  "endpoint-file",
				New: func(t testing.TB) sdktest.Outside { return outside(t, sync) },
				BadConfigs: map[string]string{
					`{}`:                                     "/path",
					`{"path": ""}`:                           "/path",
					`{"path": "../records"}`:                 "/path",
					`{"path": "a/../../records"}`:            "/path",
					`{"path": "/tmp/.."}`:                    "/path",
					`{"path": "a\u0000b"}`:                   "/path",
					`{"path": "/dev/null"}`:                  "/path",
					`{"path": "a", "segment-size": 10}`:      "/segment-size",
					`{"path": "a", "max-size": "20MiB"}`:     "/max-size",
					`{"path": "a", "when-full": "panic"}`:    "/when-full",
					`{"path": "a", "sync": "sometimes"}`:     "/sync",
					`{"path": "a", "from": "the beginning"}`: "/from",
					`{"path": "a", "reserved": "yes"}`:       "/reserved",
				},
			})
		})
	}
}

// outside is a folder that the test writes to and reads from.
func outside(t testing.TB, sync string) sdktest.Outside {
	folder := filepath.Join(t.TempDir(), "records")
	read := 0
	return sdktest.Outside{
		Config:  fmt.Sprintf(`{"path": "records", "sync": %q, "segment-size": "256KiB"}`, sync),
		BaseDir: filepath.Dir(folder),
		Feed: func(t testing.TB, payloads [][]byte) [][]byte {
			var text string
			for _, payload := range payloads {
				text += line(string(payload))
			}
			appendTo(t, folder, 1, text)
			return payloads
		},
		Read: func(t testing.TB, n int) [][]byte {
			t.Helper()
			var got [][]byte
			for deadline := time.Now().Add(patience); len(got) < read+n; {
				if time.Now().After(deadline) {
					t.Fatalf("%d of %d records came", len(got), read+n)
				}
				got = got[:0]
				for e, err := range record.Read(folder, record.Position{}) {
					if err != nil || e.Err != nil {
						t.Fatal(err, e.Err)
					}
					got = append(got, e.Message.Payload)
				}
			}
			read += n
			return got[read-n : read]
		},
	}
}
