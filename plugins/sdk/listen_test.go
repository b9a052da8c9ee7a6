package sdk

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is told can be put into a configuration, which wants absolute paths.
func TestThePathThatIsToldIsAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("taken", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if code := listen(Plugin{Name: "echo"}, "taken", &said); code != 1 || !strings.HasPrefix(said.String(), "echo: /") {
		t.Errorf("it ended with %d: %s", code, said.String())
	}
}

func TestOnlyASocketThatNobodyListensAtIsReplaced(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte("package main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if on, err := listenPrivately(file); err == nil || !strings.Contains(err.Error(), file+" is no socket") {
		t.Errorf("at a file: %v, %v", on, err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "package main\n" {
		t.Errorf("the file has %q, %v", text, err)
	}
	left := filepath.Join(dir, "left")
	killed, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	killed.SetUnlinkOnClose(false)
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	on, err := listenPrivately(left)
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	if info, err := os.Stat(left); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info, err)
	}
	if _, err := listenPrivately(left); err == nil || !strings.Contains(err.Error(), "somebody listens at "+left) {
		t.Errorf("at one in use: %v", err)
	}
}
