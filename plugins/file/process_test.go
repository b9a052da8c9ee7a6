package file

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// inProcess opens an endpoint in a process of its own, with a lane to it.
func inProcess(t *testing.T, folder string) (*sdktest.Process, *sdktest.Session) {
	t.Helper()
	p := sdktest.InProcess(t)
	// Not by Hub.Open, which closes the instance with the test: a process that was killed would keep it waiting.
	_, err := p.Client.Open(context.Background(), &pluginv1.OpenRequest{
		Instance: &pluginv1.InstanceConfig{Name: "f", Id: "endpoint-file", ConfigJson: fmt.Appendf(nil, `{"path": %q}`, folder)},
		Enabled:  true, Outbound: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	session := p.Attach(t, "f")
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	return p, session
}

// fault: F1 F2
func TestKilledWriterLosesNothingConfirmed(t *testing.T) {
	folder := t.TempDir()
	for round := range 5 {
		p, session := inProcess(t, folder)
		before := len(payloads(t, folder))
		credit := session.Seen().Lanes[1].Messages
		for first := uint64(1); first+9 <= min(credit, 1000); first += 10 {
			list := make([][]byte, 10)
			for i := range list {
				list[i] = fmt.Appendf(nil, "%d %d %s", round, int(first)+i, strings.Repeat("x", 300))
			}
			session.Deliver(t, 1, 1, first, list...)
		}
		session.Wait(t, "a receipt", func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo > 0 })
		if err := p.Signal(os.Kill); err != nil {
			t.Fatal(err)
		}
		seen := session.Wait(t, "the end", func(seen *sdktest.Seen) bool { return seen.Err != nil })
		after := payloads(t, folder)[before:]
		if confirmed := seen.Lanes[1].UpTo; uint64(len(after)) < confirmed {
			t.Fatalf("%d records, %d were confirmed", len(after), confirmed)
		}
		for i, payload := range after {
			if want := fmt.Sprintf("%d %d ", round, i+1); !strings.HasPrefix(payload, want) {
				t.Fatalf("record %d of the round begins with %.10q, must be %s", i, payload, want)
			}
		}
	}
}

// A file that may not grow is what a full disk is: the call writes what fits.
// fault: F8
func TestDiskThatIsReallyFull(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "records")
	p, session := inProcess(t, folder)
	limit := func(size uint64) {
		t.Helper()
		if err := unix.Prlimit(p.PID(), unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}, nil); err != nil {
			t.Fatal(err)
		}
	}
	limit(uint64(2*len(line("1")) + 20))
	session.Deliver(t, 1, 1, 1, []byte("1"), []byte("2"), []byte("3"))
	l := session.Wait(t, "receipts", func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo == 3 }).Lanes[1]
	whole := payloads(t, folder)
	failed := uint64(0)
	for _, x := range l.Exceptions {
		failed += x.Count
		if x.Failure.Class != core.FailureRetryable || x.Failure.Scope != core.ScopeEndpoint || x.Failure.Attempted != core.AttemptedNo {
			t.Errorf("failure %+v", x.Failure)
		}
	}
	text, err := os.ReadFile(record.Path(folder, 1))
	if err != nil || len(text) > 0 && text[len(text)-1] != '\n' {
		t.Errorf("the file ends with half a record: %q, %v", text, err)
	}
	if failed == 0 || uint64(len(whole)) != 3-failed {
		t.Errorf("%d failed, and %d records are there", failed, len(whole))
	}
	limit(unix.RLIM_INFINITY)
	session.Deliver(t, 1, 1, 4, []byte("4"))
	session.Wait(t, "the receipt", func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo == 4 })
	if now := payloads(t, folder); len(now) != len(whole)+1 || now[len(whole)] != "4" {
		t.Errorf("with room again: %q", now)
	}
}
