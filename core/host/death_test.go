package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
)

// The messages that came before a drain are all that the hub is to have: a restart in the middle of it takes no more.
func TestADrainedInboundStaysSoThroughARestart(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.expectLog(t, "inbound=true incarnation=1")
	if err := b.endpoint.Drain(t.Context(), core.DirectionInbound); err != nil {
		t.Fatal(err)
	}
	b.plugin.killed(t)
	b.expectLog(t, "inbound=false incarnation=2")
	eventually(t, "an open lane", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == 2 }); return })
}

func TestWhatIsOutOfReachShowsSoWhileItDrains(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	if err := b.endpoint.Drain(t.Context(), core.DirectionInbound); err != nil {
		t.Fatal(err)
	}
	b.outlet.sendAll(t, "event:DEGRADED")
	eventually(t, "degraded", func() bool { return b.endpoint.Status().State == core.StateDegraded })
	if err := b.endpoint.Drain(t.Context(), core.DirectionOutbound); err != nil {
		t.Fatal(err)
	}
	if s := b.endpoint.Status(); s.State != core.StateDegraded || s.Cause != "no route" {
		t.Errorf("status %+v", s)
	}
	b.outlet.sendAll(t, "event:RECOVERED")
	eventually(t, "draining again", func() bool { return b.endpoint.Status().State == core.StateDraining })
}

// While its plugin is down, switching an endpoint takes effect when it is back: also in the moment before the hub has
// noticed that it is down.
func TestSwitchingIsNoErrorAtTheMomentOfAKill(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	for n := range 5 {
		if err := syscall.Kill(b.plugin.Status().PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		enabled := n%2 == 1
		if err := b.endpoint.SetEnabled(t.Context(), enabled); err != nil {
			t.Errorf("switched to %v: %v", enabled, err)
		}
		b.expectLog(t, fmt.Sprintf("enabled=%v endpoint=one inbound=true incarnation=%d", enabled, n+2))
		eventually(t, "ready or disabled", func() bool {
			s := b.endpoint.Status()
			return s.Restarts == n+1 && (s.State == core.StateReady || s.State == core.StateDisabled)
		})
	}
}

func TestAPluginThatDiesWhileItOpensIsTriedAgain(t *testing.T) {
	fatal := filepath.Join(t.TempDir(), "fatal")
	if err := os.WriteFile(fatal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, Instance{Config: fmt.Appendf(nil, `{"fatal":%q}`, fatal)}, nil)
	eventually(t, "the cause", func() bool {
		s := b.endpoint.Status()
		return s.State == core.StateBackoff && strings.Contains(s.Cause, "exit status 4")
	})
	if err := os.Remove(fatal); err != nil {
		t.Fatal(err)
	}
	b.outlet.sendAll(t, "hello")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "hello" })
}

func TestTheErrorOfACallThatKillsThePluginSaysHowItEnded(t *testing.T) {
	f := newFixture(t)
	p := f.start(t, testSpec(t, "dies when it validates"))
	_, err := p.Validate(t.Context(), Instance{Name: "one", ID: "endpoint-test", Config: []byte(`{}`)})
	var typed *Error
	if !asError(err, &typed) || typed.Kind != ErrorGone || err.Error() != "endpoint one: its plugin is gone: it ended with exit status 4" {
		t.Errorf("error %v", err)
	}
}

func TestAStateWithoutACauseIsLoggedWithoutOne(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "event:DEGRADED")
	b.expectLog(t, `endpoint=one cause="no route"`)
	if log := b.log.String(); strings.Contains(log, `cause=""`) {
		t.Errorf("an empty cause:\n%s", log)
	}
}

// A process's connection is closed when it has ended, and a little later all are told; calls that end in between are its
// end too.
func TestAConnectionThatIsClosedAfterTheEndIsTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		proc := &process{child: &child{done: make(chan struct{})}, ctx: ctx}
		close(proc.child.done)
		ended := make(chan bool, 1)
		go func() {
			_ = new(Endpoint).lostConnection(proc, status.Error(codes.Canceled, "the client connection is closing"))
			ended <- proc.ended()
		}()
		synctest.Wait()
		end()
		if !<-ended {
			t.Error("the end of the process was taken for that of a call")
		}
	})
}
