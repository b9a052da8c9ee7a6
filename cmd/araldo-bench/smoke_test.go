package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/growth"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// Everything runs for a moment through the real program. Only loss, repetition and order are judged, never time.

// program is the real program, built once.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bench-program-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "araldo")
	out, err := exec.Command("go", "build", "-o", program, "../araldo").CombinedOutput()
	if err != nil {
		panic(string(out))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

func araldo(t *testing.T) *relay.Description {
	t.Helper()
	d, err := relay.Load("../../deploy/bench/araldo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// moment is the options of a run that is only to show what arrives.
func moment(size int) work.Options {
	return work.Options{Size: size, Warm: 100 * time.Millisecond, Duration: 300 * time.Millisecond,
		Programs: relay.Programs{"araldo": program}}
}

// right runs a workload and judges what arrived.
func right(t *testing.T, w work.Workload, d *relay.Description, options work.Options) {
	t.Helper()
	result, err := work.Measure(t.Context(), w, d, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(line(result))
	if !result.Right() {
		t.Error(result.Wrong())
	}
	if w.Idle == 0 && result.PerSecond == 0 {
		t.Error("nothing was delivered")
	}
}

func TestAraldoBringsEachMessageOnceAndInOrder(t *testing.T) {
	d := araldo(t)
	for _, w := range work.All {
		t.Run(w.Name, func(t *testing.T) {
			w.Idle = min(w.Idle, 100)
			// An open loop does not wait: a queue of 1024 messages has to outlast whatever else this machine does.
			w.Rate = min(w.Rate, 300)
			right(t, w, d, moment(load.LeastSize))
		})
	}
}

func TestLargeMessagesToo(t *testing.T) {
	d := araldo(t)
	workloads, err := work.Find([]string{"w1", "w2", "w3", "w4"})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range workloads {
		t.Run(w.Name, func(t *testing.T) { right(t, w, d, moment(1<<20)) })
	}
}

func TestGrowthToo(t *testing.T) {
	for _, s := range []growth.Series{growth.Outlets(1, 64), growth.Connections(100), growth.Routes(1000), growth.Conversions()} {
		for _, c := range s.Cases {
			t.Run(c.Workload.Name, func(t *testing.T) { right(t, c.Workload, c.Relay, moment(128)) })
		}
	}
}

func TestAraldoAtRestIsItsProcesses(t *testing.T) {
	r := &resting{starts: 1, options: moment(0)}
	figures, err := r.measure(t.Context(), araldo(t))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, p := range figures.Processes {
		names[p.Name] = p.Memory > 0 && p.Proportional > 0
	}
	for _, name := range []string{"araldo", "araldo-plugin-websocket", "araldo-plugin-redis", "araldo-plugin-marshal", "araldo-plugin-file"} {
		if !names[name] {
			t.Errorf("no figures of %s: %+v", name, figures.Processes)
		}
	}
	if len(figures.Processes) != 5 || figures.Starts[0] <= 0 {
		t.Errorf("%+v", figures)
	}
}

// Peers need not be installed: it is shown that their descriptions can be read, and name workloads that there are.
func TestDescriptionsAreOfWorkloadsThatThereAre(t *testing.T) {
	known := map[string]bool{work.Rest: true}
	for _, w := range work.All {
		known[w.Base()] = true
	}
	files, err := filepath.Glob("../../deploy/bench/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d descriptions: %v", len(files), err)
	}
	for _, file := range files {
		d, err := relay.Load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if d.About == "" {
			t.Errorf("%s: `about` is empty", file)
		}
		for name := range d.Workloads {
			if !known[name] {
				t.Errorf("%s: there is no workload %q", file, name)
			}
		}
	}
}
