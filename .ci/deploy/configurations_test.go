package deploy

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// configurations are those that the files in deploy/ bring along, by the file that they are in.
func configurations(t *testing.T) map[string]string {
	t.Helper()
	compose, err := os.ReadFile(filepath.Join(folder, "compose/araldo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "kubernetes/configmap.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Data map[string]string }
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"compose": string(compose), "kubernetes": manifest.Data["araldo.yaml"]}
}

// checks has the image judge the configurations.
func checks(t *testing.T, m *image) {
	t.Helper()
	state := stateFolder(t, m)
	for name, text := range configurations(t) {
		if err := os.WriteFile(filepath.Join(m.root, "etc/araldo/araldo.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if said, err := m.enter(state, []string{"/araldo", "check", "-c", "/etc/araldo/araldo.yaml"}).CombinedOutput(); err != nil || text == "" {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
}
