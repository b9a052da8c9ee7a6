package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// `go install MODULE@VERSION` refuses modules whose go.mod replaces or excludes others.
func TestGoInstall(t *testing.T) {
	said, err := output(root, nil, "go", "mod", "edit", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var module struct {
		Module           struct{ Path string }
		Replace, Exclude []any
	}
	if err := json.Unmarshal([]byte(said), &module); err != nil {
		t.Fatal(err)
	}
	if module.Module.Path != "github.com/araldo-relay/araldo" || len(module.Replace)+len(module.Exclude) > 0 {
		t.Errorf("it can't be installed from afar: %+v", module)
	}
	bin := t.TempDir()
	if _, err := output(root, []string{"GOBIN=" + bin}, "go", "install", "./cmd/araldo"); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(filepath.Join(bin, "araldo"), "version").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}
