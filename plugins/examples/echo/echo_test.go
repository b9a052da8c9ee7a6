package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// build compiles the plugin as its author would.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "araldo-plugin-echo")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func TestEchoKeepsItsPromises(t *testing.T) {
	checked := 0
	info, findings, err := sdktest.External{Path: build(t), Log: t.Output(),
		Promises: map[string]sdktest.Promises{"endpoint-echo": {Echoes: true}},
		Found:    func(core.PluginInfo) {},
		Began:    func(core.TypeInfo, []sdktest.Skipped) {},
		Checked: func(r sdktest.Result) {
			if checked++; len(r.Findings) > 0 {
				t.Errorf("%s: %s\n%s", r.Name, r.Rule, strings.Join(r.Findings, "\n"))
			}
		},
	}.Test(t.Context())
	if err != nil || len(findings) > 0 || info.Name != "echo" || checked < 20 {
		t.Errorf("%s: %d checks, %v, %v", info.Name, checked, findings, err)
	}
}

func TestEchoFitsOnAPage(t *testing.T) {
	text, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) != "" {
			lines++
		}
	}
	if lines > 40 {
		t.Errorf("%d lines that are not empty", lines)
	}
}

// Who starts the program by hand learns what it is and how to try it, or what it offers as JSON.
func TestEchoExplainsItself(t *testing.T) {
	path := build(t)
	var said bytes.Buffer
	byHand := exec.Command(path)
	byHand.Stderr = &said
	exit, _ := errors.AsType[*exec.ExitError](byHand.Run())
	if exit == nil || exit.ExitCode() != 2 {
		t.Errorf("it ended with %v", exit)
	}
	for _, want := range []string{"a plugin of araldo", "araldo-plugin-echo", "endpoint-echo", "brings back what it is sent", "--describe", "araldo plugins test"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("not said: %s\n%s", want, said.String())
		}
	}
	out, err := exec.Command(path, "--describe").Output()
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Name, Version string
		Types         []struct {
			ID, Kind string
			Inbound  *struct{ Pausable bool }
			Outbound *struct{ Confirm string }
			Schema   struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(out, &described); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	echo := described.Types[0]
	if described.Name != "echo" || echo.ID != "endpoint-echo" || echo.Kind != "endpoint" || echo.Inbound == nil || !echo.Inbound.Pausable ||
		echo.Outbound == nil || echo.Outbound.Confirm != "none" || echo.Schema.Properties["waiting"] == nil {
		t.Errorf("described as %s", out)
	}
}
