package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mostExposed is what `systemd-analyze security` may give the unit, of 10; it calls all below 2 hardened enough.
const mostExposed = 2.0

func TestSystemdLikesTheUnit(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder, "araldo.service"))
	if err != nil {
		t.Fatal(err)
	}
	// It wants the programs that the unit names to be there.
	unit := filepath.Join(t.TempDir(), "araldo.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/araldo", "/bin/true")), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput(); err != nil || strings.Contains(string(said), "araldo.service") {
		t.Errorf("%v: %s", err, said)
	}
	said, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", unit).CombinedOutput()
	found := regexp.MustCompile(`exposure level for araldo.service: ([0-9.]+)`).FindSubmatch(said)
	if err != nil || found == nil {
		t.Fatalf("%v: %s", err, said)
	}
	if exposure, err := strconv.ParseFloat(string(found[1]), 64); err != nil || exposure >= mostExposed {
		t.Errorf("it is exposed by %s of 10: %v", found[1], err)
	}
}
