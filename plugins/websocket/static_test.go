package websocket

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// folder makes files; a name that ends with / is an empty folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(at, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serveFiles serves a folder beside a WebSocket path.
func serveFiles(t *testing.T, dir string, change ...func(*sdk.Instance, *limits)) *served {
	t.Helper()
	config := defaults()
	config.Path, config.Static = "/ws", dir
	return serve(t, config, change...)
}

// fetch makes a request without tidying its path and follows no redirect.
func (s *served) fetch(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), method, "http://"+s.address(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = "//" + s.address() + path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestFilesAreServedWithSaneHeaders(t *testing.T) {
	s := serveFiles(t, folder(t, map[string]string{
		"index.html": "<p>hello", "page.js": "1", "page.css": "p{}", "odd.xyzzy": "<script>", "sub/index.html": "sub",
	}))
	for path, want := range map[string][2]string{
		"/":                     {"<p>hello", "text/html; charset=utf-8"},
		"/index.html":           {"<p>hello", "text/html; charset=utf-8"},
		"/?a=b":                 {"<p>hello", "text/html; charset=utf-8"},
		"/page.js":              {"1", "text/javascript; charset=utf-8"},
		"/page.css":             {"p{}", "text/css; charset=utf-8"},
		"/odd.xyzzy":            {"<script>", "application/octet-stream"},
		"/sub/":                 {"sub", "text/html; charset=utf-8"},
		"/%73ub/%69ndex.html":   {"sub", "text/html; charset=utf-8"},
		"/sub/index.html?x=/..": {"sub", "text/html; charset=utf-8"},
	} {
		response, body := s.fetch(t, http.MethodGet, path)
		if response.StatusCode != http.StatusOK || body != want[0] || response.Header.Get("Content-Type") != want[1] {
			t.Errorf("%s: %s, %q, %q", path, response.Status, body, response.Header.Get("Content-Type"))
		}
		for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"} {
			if got := response.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	response, body := s.fetch(t, http.MethodHead, "/")
	if body != "" || response.ContentLength != int64(len("<p>hello")) {
		t.Errorf("HEAD: %d bytes, length %d", len(body), response.ContentLength)
	}
}

func TestAFileIsSentAgainOnlyIfItChanged(t *testing.T) {
	dir := folder(t, map[string]string{"index.html": "old"})
	s := serveFiles(t, dir)
	first, _ := s.fetch(t, http.MethodGet, "/")
	for _, header := range []string{"If-None-Match", "If-Modified-Since"} {
		source := map[string]string{"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}[header]
		if response, _ := s.fetch(t, http.MethodGet, "/", header, first.Header.Get(source)); response.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %s", header, response.Status)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("newer"), 0o600); err != nil {
		t.Fatal(err)
	}
	if response, body := s.fetch(t, http.MethodGet, "/", "If-None-Match", first.Header.Get("ETag")); body != "newer" {
		t.Errorf("after the change: %s, %q", response.Status, body)
	}
}

// fault: B13
func TestNothingOutsideTheFolderIsServed(t *testing.T) {
	outside := folder(t, map[string]string{"secret": "secret", "index.html": "secret"})
	dir := folder(t, map[string]string{
		"index.html": "page", ".env": "secret", ".git/config": "secret", "a/.hidden": "secret", "empty/": "", "a/b.txt": "b",
	})
	for link, target := range map[string]string{
		"out": filepath.Join(outside, "secret"), "dir": outside, "up": "../" + filepath.Base(outside) + "/secret", "in": "a/b.txt",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveFiles(t, dir)
	up := "../" + filepath.Base(outside) + "/secret"
	for _, path := range []string{
		"/.env", "/.git/config", "/.git/", "/a/.hidden", "/empty", "/empty/", "/a", "/a/", "/out", "/dir/secret", "/dir/", "/dir", "/up",
		"/" + up, "/a/../" + up, "/%2e%2e/" + filepath.Base(outside) + "/secret", "/..%2f" + filepath.Base(outside) + "/secret",
		"/..\\secret", "/%5c", "//", "//index.html", "/./index.html", "/a//b.txt", "/index.html/", "/index.html%00", "/pipe", "/none",
		"/..", "/.", "*",
	} {
		response, body := s.fetch(t, http.MethodGet, path)
		if response.StatusCode != http.StatusNotFound && response.StatusCode != http.StatusBadRequest || strings.Contains(body, "secret") {
			t.Errorf("%s: %s, %q", path, response.Status, body)
		}
	}
	if response, body := s.fetch(t, http.MethodGet, "/in"); body != "b" {
		t.Errorf("a link that stays within: %s, %q", response.Status, body)
	}
}

func TestAFolderIsRedirectedToItsIndexAndNowhereElse(t *testing.T) {
	s := serveFiles(t, folder(t, map[string]string{"sub/index.html": "sub", "evil.example/index.html": "no"}))
	response, _ := s.fetch(t, http.MethodGet, "/sub")
	if response.StatusCode != http.StatusMovedPermanently || response.Header.Get("Location") != "/sub/" {
		t.Errorf("%s to %q", response.Status, response.Header.Get("Location"))
	}
	if response, _ := s.fetch(t, http.MethodGet, "//evil.example"); response.Header.Get("Location") != "" {
		t.Errorf("an open redirect to %q", response.Header.Get("Location"))
	}
}

func TestEndpointsAndHealthStandBeforeFiles(t *testing.T) {
	s := serveFiles(t, folder(t, map[string]string{"index.html": "page", "ws": "file", "healthz": "file"}))
	if response, _ := s.fetch(t, http.MethodGet, "/ws"); response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("the endpoint's path: %s", response.Status)
	}
	if _, body := s.fetch(t, http.MethodGet, "/healthz"); body != "ok\n" {
		t.Errorf("health: %q", body)
	}
	if response, _ := s.fetch(t, http.MethodPost, "/"); response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %s", response.Status)
	}
	s.dial(t, nil)
	if err := s.SetEnabled(within(t), false); err != nil {
		t.Fatal(err)
	}
	if response, _ := s.fetch(t, http.MethodGet, "/"); response.StatusCode != http.StatusForbidden {
		t.Errorf("switched off: %s", response.Status)
	}
}

func TestAPortHasOneFolder(t *testing.T) {
	s := serveFiles(t, folder(t, map[string]string{"index.html": "page"}))
	in := sdk.Instance{Setting: sdk.Setting{Name: "other", Bind: "127.0.0.1"}, Log: s.endpoint.log}
	config := defaults()
	config.Path, config.Static = "/other", folder(t, nil)
	if s.port.address != config.address(in.Setting) {
		t.Fatalf("not the same port: %s", s.port.address)
	}
	if _, err := newEndpoint(within(t), in, config, &standard); err == nil || !strings.Contains(err.Error(), "another endpoint") {
		t.Errorf("a second folder: %v", err)
	}
	config.Static = ""
	other, err := newEndpoint(within(t), in, config, &standard)
	if err != nil {
		t.Fatal(err)
	}
	s.end(t, sdk.CloseRemoved)
	s.endpoint.port = other.port
	if response, _ := s.fetch(t, http.MethodGet, "/"); response.StatusCode != http.StatusNotFound {
		t.Errorf("without its endpoint: %s", response.Status)
	}
	if err := other.Close(within(t), sdk.CloseShutdown); err != nil {
		t.Error(err)
	}
}

// A large file over a slow line takes longer than a handshake may.
func TestALargeFileHasTime(t *testing.T) {
	const size = 32 << 20
	s := serveFiles(t, folder(t, map[string]string{"large.bin": strings.Repeat("x", size)}), func(_ *sdk.Instance, l *limits) {
		l.handshake = 100 * time.Millisecond
	})
	response, err := http.Get("http://" + s.address() + "/large.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	<-time.After(300 * time.Millisecond) // longer than the handshake's limit
	if n, err := io.Copy(io.Discard, response.Body); n != size || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestCheckFindsAFolderThatCannotBeServed(t *testing.T) {
	dir := folder(t, map[string]string{"index.html": "", "site/": ""})
	setting := hub
	setting.BaseDir = dir
	for static, want := range map[string]string{"none": "can't be read: no such file", "index.html": "not a folder", "site": "", dir: "", ".": ""} {
		config := defaults()
		config.Static = static
		found := config.Check(setting)
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.Contains(found[0].Summary, want)) {
			t.Errorf("static %s: %+v, want %q", static, found, want)
		}
	}
	config := defaults()
	config.Static, config.Path = dir, "/"
	if found := config.Check(setting); len(found) != 1 || found[0].Path != "/static" {
		t.Errorf("at /: %+v", found)
	}
	if claims := config.Claims(setting).Takes; len(claims) != 2 || claims[1] != "files:127.0.0.1:54321" {
		t.Errorf("claims %q", claims)
	}
}
