package hub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAHubKeepsItsNameWithItsDataDirectory(t *testing.T) {
	here, there := t.TempDir(), t.TempDir()
	first, err := loadIdentity(here)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadIdentity(here)
	if err != nil || again.name != first.name {
		t.Errorf("%s became %s (%v)", first.name, again.name, err)
	}
	other, err := loadIdentity(there)
	if err != nil || other.name == first.name {
		t.Errorf("two hubs are %s and %s (%v)", first.name, other.name, err)
	}
}

func TestANameThatCantBeReadIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, identityFile)
	if err := os.WriteFile(path, []byte("\x00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadIdentity(dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names the file", err)
	}
}
