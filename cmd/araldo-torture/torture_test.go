package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

// program is the araldo that the tests torture, built once.
var program = sync.OnceValues(func() (string, error) {
	return build(buildDir, false)
})

// buildDir is where it is built; TestMain removes it.
var buildDir string

// suffer runs a plan, which must hold, and returns its report.
func suffer(t *testing.T, arguments string) report {
	t.Helper()
	araldo, err := program()
	if err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	line := append(strings.Fields(arguments), "-araldo", araldo, "-format", "json")
	code := torture(t.Context(), line, &out, &errOut)
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, &errOut)
	}
	if code != 0 || !r.Held {
		var text bytes.Buffer
		_ = r.write(&text, "text")
		t.Errorf("exit %d\n%s%s", code, &errOut, &text)
	}
	return r
}

// fault: F1
func TestOutboundPluginsKilled(t *testing.T) { suffer(t, "-plan F1 -rate 500 -faults 3") }

// fault: F2
func TestHubKilled(t *testing.T) { suffer(t, "-plan F2 -rate 500 -faults 2") }

// fault: F4
func TestInboundPluginKilled(t *testing.T) { suffer(t, "-plan F4 -rate 500 -faults 3") }

// fault: F5
func TestRedisDown(t *testing.T) { suffer(t, "-plan F5 -rate 500 -faults 1 -outage 3s") }

// fault: F6
func TestNetworkGone(t *testing.T) { suffer(t, "-plan F6 -rate 500 -faults 2 -outage 2s") }

// fault: F7
func TestOutboundsThatTakeNothing(t *testing.T) { suffer(t, "-plan F7 -rate 500 -faults 2 -outage 2s") }

// fault: F10
func TestDescriptorsExhausted(t *testing.T) { suffer(t, "-plan F10 -rate 500 -faults 1") }

// fault: F11
func TestClockOfRedisJumps(t *testing.T) { suffer(t, "-plan F11 -rate 500 -faults 1") }

// fault: F12
func TestReloadsAndReplacedPlugins(t *testing.T) { suffer(t, "-plan F12 -rate 500 -faults 8") }

func TestReloadsThatOnlyTheMirrorNotices(t *testing.T) { suffer(t, "-plan reload -rate 500 -faults 6") }

func TestEntriesSurviveKillsOfPluginsAndHub(t *testing.T) {
	r := suffer(t, "-plan entries -messages 5000 -rate 1000")
	hubs := 0
	for _, f := range r.Faults {
		if f.Kind == "kill-hub" {
			hubs++
		}
	}
	if hubs < 2 || r.Figures.Acked < 5000 {
		t.Errorf("%d kills of the hub, %d entries", hubs, r.Figures.Acked)
	}
}

// The same happens 1,000 times in the plan itself.
func TestKillsInARow(t *testing.T) {
	if r := suffer(t, "-plan kills -rate 200 -faults 30"); r.Ready.P50 >= 0.3 {
		t.Errorf("plugins were ready after a median of %v s", r.Ready.P50)
	}
}
