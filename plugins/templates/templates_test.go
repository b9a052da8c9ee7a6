package templates_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/araldo-relay/araldo/core/programs"
	"github.com/araldo-relay/araldo/plugins/templates"
)

// checkout is the absolute path of this repository.
func checkout(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Every kind builds as it comes, without fetching anything, and keeps all rules.
// parity: A13
func TestEveryKindInGoBuildsAndPasses(t *testing.T) {
	for _, kind := range templates.Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			folder := made(t, templates.New{Name: "my-" + kind, Kind: kind, Lang: "go", SDK: checkout(t)})
			output(t, folder, "go", "build", "-o", "araldo-plugin-my-"+kind, ".")
			output(t, folder, "go", "vet", ".")
			output(t, folder, "go", "test", "-timeout", "2m", ".")
			if unformatted := output(t, folder, "gofmt", "-l", "."); unformatted != "" {
				t.Errorf("not formatted: %s", unformatted)
			}
		})
	}
}

func TestManifests(t *testing.T) {
	for _, n := range []templates.New{{Name: "m", Kind: "marshalling", Lang: "go"}, {Name: "p", Kind: "duplex", Lang: "python"}} {
		path := filepath.Join(made(t, n), programs.ManifestName)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := programs.ParseManifest(path, text)
		if err != nil {
			t.Fatal(err)
		}
		binary, found := m.Binary(programs.Platform())
		if !found || binary != "araldo-plugin-"+n.Name || m.Name != n.Name || m.IDs[0] != n.ID() {
			t.Errorf("%+v", m)
		}
	}
}

func TestNoFolderIsLeftOrOverwritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "x")
	for _, n := range []templates.New{{Name: "x", Kind: "sink", Lang: "python"}, {Name: "x", Kind: "sink", Lang: "go", SDK: t.TempDir()}} {
		if err := n.Write(folder); err == nil {
			t.Errorf("%+v was made", n)
		}
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("%+v left its folder", n)
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := (templates.New{Name: "x", Kind: "sink", Lang: "go"}).Write(folder); err == nil {
		t.Error("a folder was overwritten")
	}
}

func made(t *testing.T, n templates.New) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "plugin")
	if err := n.Write(folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

func output(t *testing.T, folder string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return string(out)
}
