package hub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// figure is one of an endpoint's own figures, 0 while the endpoint can't be asked.
func (r *relay) figure(endpoint, name string) int64 {
	r.t.Helper()
	for _, f := range r.endpoint(endpoint).Figures {
		if f.Name == name {
			return f.Value
		}
	}
	return 0
}

// numbers are the payloads in a mock's record, in its order.
func numbers(t *testing.T, record string) []int {
	t.Helper()
	file, err := os.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []int
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(line.Text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

// missing are the numbers from 1 to n that a list lacks.
func missing(list []int, n int) []int {
	there := map[int]bool{}
	for _, one := range list {
		there[one] = true
	}
	var lacks []int
	for i := 1; i <= n; i++ {
		if !there[i] {
			lacks = append(lacks, i)
		}
	}
	return lacks
}

// relayMocks runs a relay from the mock `source`, which acknowledges, to other mocks; endpoints and outlets are lines
// of the configuration.
func relayMocks(t *testing.T, count int, endpoints, outlets []string) *relay {
	t.Helper()
	return start(t, fmt.Sprintf(`
global: {shutdown-timeout: 1s}
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: %d, payload: "{n}", ack: true}
    - %s
routes:
  source:
    - %s
`, count, strings.Join(endpoints, "\n    - "), strings.Join(outlets, "\n    - ")))
}

func TestTheModeIsWhatBothEndsCanDo(t *testing.T) {
	r := start(t, `
plugins:
  endpoints:
    - {name: again, id: endpoint-mock, ack: true}
    - {name: once, id: endpoint-mock}
    - {name: none, id: endpoint-mock, confirm: none}
    - {name: written, id: endpoint-mock, confirm: written}
    - {name: accepted, id: endpoint-mock, confirm: accepted}
    - {name: persisted, id: endpoint-mock, confirm: persisted}
routes:
  again:
    - none
    - written
    - accepted
    - persisted
    - {to: accepted, name: live, delivery: live}
    - {to: accepted, name: asked, delivery: acked, require: at-least-once}
    - {to: accepted, name: optional, required: false}
  once: [persisted]
`)
	for _, c := range []struct{ inbound, outlet, mode, guarantee, overflow string }{
		{"again", "none", "live", "at-most-once", "drop-oldest"},
		{"again", "written", "live", "at-most-once", "drop-oldest"},
		{"again", "accepted", "acked", "at-least-once", "block"},
		{"again", "persisted", "acked", "at-least-once", "block"},
		{"again", "live", "live", "at-most-once", "drop-oldest"},
		{"again", "asked", "acked", "at-least-once", "block"},
		{"again", "optional", "acked", "at-most-once", "drop-oldest"},
		{"once", "persisted", "live", "at-most-once", "drop-oldest"},
	} {
		if o := r.outlet(c.inbound, c.outlet); o.Mode != c.mode || o.Guarantee != c.guarantee || o.Queue.Overflow != c.overflow {
			t.Errorf("%s -> %s: %s, %s, %s", c.inbound, c.outlet, o.Mode, o.Guarantee, o.Queue.Overflow)
		}
	}
}

func TestTheSourceIsAckedWhenAllRequiredOutletsHaveSettled(t *testing.T) {
	r := relayMocks(t, 20_000, []string{
		"{name: quick, id: endpoint-mock}",
		"{name: stuck, id: endpoint-mock, stall-after: 300}",
	}, []string{"quick", "stuck"})
	eventually(t, "quick is ahead of stuck, which holds the source", func() bool {
		quick, stuck := r.outlet("source", "quick").Account, r.outlet("source", "stuck").Account
		return stuck.Delivered >= 300 && stuck.Queued > 0 && quick.Delivered == quick.In && quick.In > stuck.Delivered
	})
	stuck := r.outlet("source", "stuck").Account
	eventually(t, "what both have is settled", func() bool { return r.figure("source", "settled") == int64(stuck.Delivered) })
	if received := r.figure("stuck", "received"); received != int64(stuck.Delivered) || received >= 20_000 {
		t.Errorf("stuck received %d, %+v", received, stuck)
	}
	r.stop()
	if stuck := r.outlet("source", "stuck").Account; stuck.Returned != stuck.In-stuck.Delivered || len(stuck.Dropped) > 0 {
		t.Errorf("at the end: %+v", stuck)
	}
}

func TestNobodyWaitsForAnOutletThatIsNotRequired(t *testing.T) {
	const count = 5000
	r := relayMocks(t, count, []string{
		"{name: quick, id: endpoint-mock}",
		"{name: stuck, id: endpoint-mock, stall-after: 0}",
	}, []string{"quick", "{to: stuck, required: false, queue: {messages: 10}}"})
	eventually(t, "all is settled", func() bool { return r.figure("source", "settled") == count })
	if o := r.outlet("source", "stuck"); o.Mode != "acked" || o.Account.Delivered > 0 || o.Account.Dropped["overflow"] == 0 {
		t.Errorf("%+v", o)
	}
}

// fault: F1
func TestNothingAckedIsLostWhenItsTargetIsKilled(t *testing.T) {
	const count = 30_000
	record := filepath.Join(t.TempDir(), "record")
	r := relayMocks(t, count, []string{
		fmt.Sprintf("{name: sink, id: endpoint-mock, process: own, record: %q, confirm-after: 1ms}", record),
	}, []string{"{to: sink, require: at-least-once}"})
	for kills := range 3 {
		before := r.figure("sink", "received")
		eventually(t, "messages flow", func() bool { return r.figure("sink", "received") > before+int64(100*kills) })
		pid := r.plugin("mock/sink").PID
		kill(t, pid)
		r.back("mock/sink", pid)
	}
	if settled := r.figure("source", "settled"); settled == count {
		t.Error("all was settled before the last kill: nothing was shown")
	}
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == count })
	if lacks := missing(numbers(t, record), count); len(lacks) > 0 {
		t.Errorf("%d messages were acked and are lost, such as %d", len(lacks), lacks[0])
	}
	if o := r.outlet("source", "sink"); o.Account.Delivered != count || len(o.Account.Dropped) > 0 || o.Account.Retried == 0 {
		t.Errorf("%+v", o.Account)
	}
}

func TestWhatWasAcceptedOnceIsNotSentAgain(t *testing.T) {
	const count = 5000
	record := filepath.Join(t.TempDir(), "record")
	r := relayMocks(t, count, []string{fmt.Sprintf("{name: sink, id: endpoint-mock, record: %q}", record)}, []string{"sink"})
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == count })
	if got := numbers(t, record); len(got) != count || len(missing(got, count)) > 0 {
		t.Errorf("%d of %d messages", len(got), count)
	}
	if err := r.SetEnabled(context.Background(), "sink", true); err != nil {
		t.Fatal(err)
	}
	if got := r.figure("sink", "received"); got != count {
		t.Errorf("the sink received %d", got)
	}
}

func TestWhatNobodyTakesIsNamedToAnAckedOutlet(t *testing.T) {
	const count = 100
	r := relayMocks(t, count, []string{"{name: sink, id: endpoint-mock, fail: {class: no-recipient, each: 4}}"}, []string{"sink"})
	if o := r.settles(count, "sink"); o.Account.Delivered != 75 || o.Account.Dropped["no-recipient"] != 25 {
		t.Errorf("%+v", o.Account)
	}
}
