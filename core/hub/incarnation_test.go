package hub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestIncarnationsGoOnWhereTheLastRunEnded(t *testing.T) {
	dir := t.TempDir()
	for want := uint64(1); want < 4; want++ {
		c, err := loadIncarnations(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.next("a"); got != want || err != nil {
			t.Errorf("incarnation %d, %v, want %d", got, err, want)
		}
	}
}

// Beginning again at 1 would use ids a second time.
func TestDamagedIncarnationsAreAnErrorThatNamesTheFile(t *testing.T) {
	for _, text := range []string{"", "null", "[]", `{"a": -1}`, `{"a": 1`} {
		dir := t.TempDir()
		path := filepath.Join(dir, incarnationsFile)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadIncarnations(dir); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A hub that is killed while it writes leaves the beginning of a file, which the next one removes.
func TestWhatAKilledHubBeganIsRemoved(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{incarnationsFile, identityFile} {
		if err := os.WriteFile(filepath.Join(dir, "."+name+".123"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := loadIdentity(dir); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != identityFile {
		t.Errorf("left: %v, %v", left, err)
	}
}
