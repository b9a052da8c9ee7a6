package control

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Who runs as the hub's user can connect, plugins too; only who can read the hub's files may speak.
//
// fault: B17 B19
func TestWhoShowsNoTokenIsRefused(t *testing.T) {
	dir := t.TempDir()
	server, client := start(t, dir, &fakeHub{})
	path := filepath.Join(dir, tokenName)
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
		t.Fatalf("%v, %v; want a file of mode 0600", info, err)
	}
	for _, token := range []string{"", "x", server.token + "x", server.token[1:]} {
		answer, err := exchange(server.Path(), token)
		if err != nil || !strings.HasPrefix(answer, "HTTP/1.0 403") || !strings.Contains(answer, tokenName) {
			t.Errorf("token %q: %q, %v; want 403", token, answer, err)
		}
		var refused *Error
		if _, err := newClient(server.Path(), token).Status(t.Context()); !errors.As(err, &refused) || refused.Code != CodeForbidden {
			t.Errorf("token %q: %v; want %s", token, err, CodeForbidden)
		}
	}
	if _, err := client.Status(t.Context()); err != nil {
		t.Error(err)
	}
}

// A socket may be reached by a link that lies elsewhere.
func TestTheTokenOfALinkedSocketIsFound(t *testing.T) {
	server, _ := start(t, t.TempDir(), &fakeHub{})
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(server.Path(), link); err != nil {
		t.Fatal(err)
	}
	client, err := Dial([]string{link})
	if err == nil {
		_, err = client.Status(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
}

// Each run has a token of its own, which ends with it, and a link in its place leads nobody's writing elsewhere.
func TestEachRunHasATokenOfItsOwn(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
	path := filepath.Join(dir, tokenName)
	if err := errors.Join(os.WriteFile(elsewhere, []byte("dear"), 0o600), os.Symlink(elsewhere, path)); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(dir, "."+tokenName+".7")
	if err := os.WriteFile(killed, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 2 {
		lock, err := Acquire(dir)
		if err != nil {
			t.Fatal(err)
		}
		server, err := Serve(lock, &fakeHub{}, discard())
		if err != nil {
			t.Fatal(err)
		}
		seen[server.token] = true
		if err := errors.Join(server.Close(), lock.Release()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("after the end: %v", err)
		}
	}
	if _, err := os.Lstat(killed); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed hub left: %v", err)
	}
	if text, err := os.ReadFile(elsewhere); len(seen) != 2 || err != nil || string(text) != "dear" {
		t.Errorf("%d tokens; what the link led to: %q, %v", len(seen), text, err)
	}
}

// exchange sends a status command with a token and returns the whole answer.
func exchange(path, token string) (string, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET /v1/status HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n", token); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}
