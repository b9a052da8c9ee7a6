package replace_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/araldo-relay/araldo/core/replace"
)

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
	path := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(elsewhere, []byte("dear"), 0o600), os.Symlink(elsewhere, path)); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o600, 0o644} {
		if err := replace.File(path, []byte("new"), mode); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		info, errInfo := os.Lstat(path)
		if err != nil || errInfo != nil || string(text) != "new" || info.Mode() != mode {
			t.Errorf("%q of mode %v, want %v (%v, %v)", text, info.Mode(), mode, err, errInfo)
		}
	}
	if text, err := os.ReadFile(elsewhere); err != nil || string(text) != "dear" {
		t.Errorf("what the link led to: %q, %v", text, err)
	}
	if err := replace.File(filepath.Join(path, "x"), nil, 0o600); err == nil {
		t.Error("a file in a file is no error")
	}
	folder := filepath.Join(dir, "folder")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, "full"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := replace.File(folder, nil, 0o600); err == nil {
		t.Error("a folder is replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOnlyWhatIsUnfinishedIsRemoved(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".file.12", ".file.x1", ".file.", ".other.12", "file"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := replace.RemoveUnfinished(filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 4 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".file.12")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was unfinished: %v", err)
	}
}
