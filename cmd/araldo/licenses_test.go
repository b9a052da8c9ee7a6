package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestTheLicencesAreThoseOfWhatIsLinked(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}module {{.Path}} {{.Version}}{{end}}{{end}}", ".")
	command.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(licenses) {
		if strings.HasPrefix(line, "module ") {
			listed[strings.TrimSpace(line)] = false
		}
	}
	listed["module std"], listed["module github.com/araldo-relay/araldo"] = true, true
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if _, found := listed[line]; !found && line != "" {
			t.Errorf("licenses.txt lacks %s: run `make licenses`", line)
		}
		listed[line] = true
	}
	for line, linked := range listed {
		if !linked {
			t.Errorf("licenses.txt has %s, which is not linked: run `make licenses`", line)
		}
	}
	for _, text := range []string{"Permission is hereby granted", "Apache License", "Mozilla Public License", "Redistribution and use in source"} {
		if !strings.Contains(licenses, text) {
			t.Errorf("no licence says %q", text)
		}
	}
}
