package main

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// Every workload runs for a moment through the real program. Only loss, repetition and order are judged, never time.
func TestAraldoBringsEachMessageOnceAndInOrder(t *testing.T) {
	program := filepath.Join(t.TempDir(), "araldo")
	if out, err := exec.Command("go", "build", "-o", program, "../araldo").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d, err := relay.Load("../../deploy/bench/araldo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	options := work.Options{Size: load.LeastSize, Warm: 100 * time.Millisecond, Duration: 300 * time.Millisecond,
		Programs: relay.Programs{"araldo": program}}
	for _, w := range work.All {
		t.Run(w.Name, func(t *testing.T) {
			w.Idle = min(w.Idle, 100)
			result, err := work.Measure(t.Context(), w, d, options)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(line(result))
			if !result.Right() {
				t.Errorf("%d lost, %d repeated, %d late", result.Lost, result.Repeated, result.Late)
			}
			if w.Idle == 0 && result.PerSecond == 0 {
				t.Error("nothing was delivered")
			}
		})
	}
}
