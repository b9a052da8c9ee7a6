package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	for _, want := range []string{"a plugin of araldo", "araldo-plugin-echo", "endpoint-echo", "sends back what it is sent", "--describe", "araldo plugins test"} {
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
		echo.Outbound == nil || echo.Outbound.Confirm != "accepted" || echo.Schema.Properties["prefix"] == nil {
		t.Errorf("described as %s", out)
	}
}
