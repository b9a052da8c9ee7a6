package sdktest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fault names what the plugin of this test binary does wrong; empty for nothing.
var fault = os.Getenv("ARALDO_SDKTEST_FAULT")

func TestMain(m *testing.M) {
	if fault != "" {
		patience = 2 * time.Second
	}
	Main(m, faulty)
}

// findings are the checks that must fail for each fault.
var findings = map[string][]string{
	"reverses what it brings in": {"inbound_order", "inbound_credit", "inbound_byte_credit", "inbound_new_stream"},
	"loses order":                {"outbound_order", "outbound_drain"},
	"cuts large messages":        {"inbound_sizes", "outbound_sizes"},
	"loses a message":            {"outbound_order_acked", "outbound_lanes"},
	"refuses a message":          {"outbound_order_strict"},
	"refuses everything":         {"outbound_epochs", "outbound_disabled"},
	"emits after the drain":      {"inbound_drain"},
	"brings settled ones again":  {"redelivery"},
	"forgets returned ones":      {"redelivery"},
	"can't be switched":          {"life_cycle", "outbound_disabled"},
	"hangs while closing":        {"life_cycle", "slow_sink"},
	"panics while closing":       {"life_cycle", "stream"},
	"never ends on cancel":       {"outbound_cancel"},
	"takes any configuration":    {"configuration"},
	"has a schema too narrow":    {"schema"},
	"lies about confirm":         {"slow_sink"},
	"swallows errors":            {"refusing_sink"},
	"changes a payload":          {"inbound_order", "outbound_order"},
	"hangs in drain":             {"life_cycle", "outbound_drain", "inbound_drain"},
	"reuses an id":               {"inbound_order"},
	"acks twice":                 {"outbound_order", "outbound_lanes"},
	"ignores credits":            {"inbound_credit", "inbound_new_stream"},
	"ignores epochs":             {"outbound_epochs"},
	"blocks its reader":          {"slow_sink"},
}

func TestSuiteFindsFaults(t *testing.T) {
	for name, checks := range findings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test := "TestFaultyPlugin"
			if meddling[name] {
				test = "TestMeddledPlugin"
			}
			out := runFaulty(t, test, name, "^memory$/^("+strings.Join(checks, "|")+")$")
			for _, check := range checks {
				if !bytes.Contains(out, []byte("--- FAIL: "+test+"/memory/"+check+" ")) {
					t.Errorf("check %s did not fail:\n%s", check, out)
				}
				if rule := rules[strings.ReplaceAll(check, "_", " ")]; !bytes.Contains(out, []byte("the rule that it breaks: "+rule)) {
					t.Errorf("the rule is not named: %s\n%s", rule, out)
				}
			}
		})
	}
}

func TestSuiteFindsObedience(t *testing.T) {
	out := runFaulty(t, "TestFaultyPlugin", "obeys SIGTERM", "^process$/^(life_cycle|outlives_signals)$")
	if !bytes.Contains(out, []byte("--- FAIL: TestFaultyPlugin/process/outlives_signals ")) {
		t.Errorf("the plugin obeyed:\n%s", out)
	}
}

func TestSuiteFindsLeaks(t *testing.T) {
	out := runFaulty(t, "TestFaultyPlugin", "leaks goroutines", "^memory$/^life_cycle$")
	if !bytes.Contains(out, []byte("the rule that it breaks: "+ruleGoroutines)) {
		t.Errorf("the leak was not found:\n%s", out)
	}
}

// runFaulty runs some checks of a test in a process with a fault, and returns what it printed. They must fail.
func runFaulty(t *testing.T, test, fault, checks string) []byte {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$/"+checks, "-test.v")
	cmd.Env = append(os.Environ(), "ARALDO_SDKTEST_FAULT="+fault)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the suite passed (%v):\n%s", err, out)
	}
	return out
}

// TestFaultyPlugin passes where there is no fault.
func TestFaultyPlugin(t *testing.T) { Run(t, faulty, faultyPromises) }

// TestMeddledPlugin is it with its frames changed on their way.
func TestMeddledPlugin(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		hub := InMemory(t, faulty)
		hub.Client = meddled{hub.Client}
		newSuite(t, faultyPromises, hub).run(t)
	})
}

var (
	// meddling are the faults that only frames show.
	meddling = map[string]bool{"acks twice": true, "ignores credits": true, "ignores epochs": true, "blocks its reader": true}

	faultyPromises = Promises{
		ID: "endpoint-faulty",
		New: func(t testing.TB) Outside {
			record := filepath.Join(t.TempDir(), "record")
			read := 0
			keys := map[string]any{"record": record, "made": 2000}
			if fault == "has a schema too narrow" {
				keys["made"] = "2000"
			}
			config, err := json.Marshal(keys)
			if err != nil {
				t.Fatal(err)
			}
			return Outside{Config: string(config), Feed: func(_ testing.TB, list [][]byte) [][]byte {
				fed := payloads(2000)[:len(list)]
				fed[1] = large
				return fed
			}, Read: func(t testing.TB, n int) [][]byte {
				read += n
				return recorded(t, record, read)[read-n:]
			}}
		},
		NewStalled:  func(testing.TB) Outside { return Outside{Config: `{"stalled": true}`} },
		NewRefusing: func(testing.TB) Outside { return Outside{Config: `{"refused": true}`} },
		BadConfigs:  map[string]string{`{"made": -1}`: "/made"},
	}
)

func recorded(t testing.TB, path string, n int) [][]byte {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		raw, err := os.ReadFile(path)
		lines := bytes.Fields(raw)
		if err == nil && len(lines) >= n {
			list := make([][]byte, n)
			for i := range list {
				list[i], _ = hex.DecodeString(strings.TrimPrefix(string(lines[i]), "x"))
			}
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages recorded, %v", len(lines), n, err)
		}
	}
}
