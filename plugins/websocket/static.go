package websocket

import (
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// site is the files of one folder, for pages. It belongs to the endpoint whose key `static` names the folder.
type site struct {
	endpoint *endpoint
	root     *os.Root
}

// openSite opens an endpoint's folder; nil where it has none.
func openSite(e *endpoint, folder string) (*site, error) {
	if folder == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return &site{e, root}, nil
}

func (s *site) close() error {
	if s == nil {
		return nil
	}
	return s.root.Close()
}

// offer makes a site that of the port; one that has a site already takes no other.
func (p *port) offer(s *site) error {
	if s != nil && !p.site.CompareAndSwap(nil, s) {
		return fmt.Errorf("%s has the files of another endpoint already", p.address)
	}
	return nil
}

// withdraw takes an endpoint's site off the port and closes its folder. What is being sent is sent to its end.
func (p *port) withdraw(e *endpoint) {
	if s := p.site.Load(); s != nil && s.endpoint == e {
		p.site.Store(nil)
		_ = s.close()
	}
}

// pagePolicy lets a page use its own origin alone, WebSockets included, and no script or style that stands within HTML:
// so text from a message that a page shows by mistake as HTML can't run (Content Security Policy Level 3).
const pagePolicy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'self'"

// index is the file that stands for its folder.
const index = "index.html"

// ServeHTTP answers GET and HEAD with a file of the folder. Whatever is no regular file there, or begins with a dot, or
// leads out of the folder, does not exist.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Files are asked for with GET.", http.StatusMethodNotAllowed)
		return
	case !s.endpoint.isEnabled():
		http.Error(w, "This endpoint is switched off at the moment.", http.StatusForbidden)
		return
	}
	name, ok := fileName(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.send(w, r, name)
}

// fileName is the file that a path means; ok: it may be asked for, so it is clean, and neither it nor a folder in it is
// hidden.
func fileName(urlPath string) (name string, ok bool) {
	name, ok = strings.CutPrefix(urlPath, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += index
	}
	return name, ok && fs.ValidPath(name) && !strings.ContainsAny(name, "\\\x00") && !strings.HasPrefix(name, ".") &&
		!strings.Contains(name, "/.")
}

func (s *site) send(w http.ResponseWriter, r *http.Request, name string) {
	file, info, err := s.open(name)
	if errors.Is(err, errFolder) {
		// The page's own links are relative to the folder. The name is clean, so it can't begin with // and lead elsewhere.
		http.Redirect(w, r, "/"+name+"/", http.StatusMovedPermanently)
		return
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	describe(w.Header(), info)
	http.ServeContent(&patient{w, s.endpoint.limits.message}, r, name, info.ModTime(), file)
}

var (
	// errFolder is a folder that has an index.
	errFolder     = errors.New("a folder")
	errNotRegular = errors.New("not a regular file")
)

// open opens a regular file. Without O_NONBLOCK the opening of a named pipe would wait for its writer.
func (s *site) open(name string) (*os.File, fs.FileInfo, error) {
	file, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.Mode().IsRegular():
		return file, info, nil
	default:
		err = errNotRegular
		if inside, statErr := s.root.Stat(path.Join(name, index)); info.IsDir() && statErr == nil && inside.Mode().IsRegular() {
			err = errFolder
		}
	}
	return nil, nil, errors.Join(err, file.Close())
}

// describe sets the headers of a file. Browsers ask each time whether theirs is still the newest: a changed page shows
// at the next reload.
func describe(h http.Header, info fs.FileInfo) {
	kind := mime.TypeByExtension(path.Ext(info.Name()))
	if kind == "" {
		kind = "application/octet-stream"
	}
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
}

// patient gives each piece of a file its own time, in place of one deadline for all of it: a large file over a slow line
// gets through, a client that takes nothing is cut.
type patient struct {
	http.ResponseWriter
	each time.Duration
}

func (p *patient) Write(piece []byte) (int, error) {
	_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(time.Now().Add(p.each))
	return p.ResponseWriter.Write(piece)
}

// folder is where the files are, empty where there are none.
func (c *Config) folder(s sdk.Setting) string {
	if c.Static == "" || filepath.IsAbs(c.Static) {
		return c.Static
	}
	return filepath.Join(s.BaseDir, c.Static)
}

// checkStatic finds a folder that can't be served.
func (c *Config) checkStatic(s sdk.Setting) []sdk.Diagnostic {
	if c.Static == "" {
		return nil
	}
	wrong := func(detail, format string, args ...any) []sdk.Diagnostic {
		return []sdk.Diagnostic{{Severity: core.SeverityError, Path: "/static", Summary: fmt.Sprintf(format, args...), Detail: detail}}
	}
	if c.path(s.Name) == "/" {
		return wrong("give the endpoint a path such as /ws", "the endpoint's own path / would stand before the folder's %s", index)
	}
	info, err := os.Stat(c.folder(s))
	switch {
	case err != nil:
		return wrong("name a folder; a relative one starts at the configuration's", "static %q can't be read: %v", c.Static, reason(err))
	case !info.IsDir():
		return wrong("name the folder that it is in", "static %q is not a folder", c.Static)
	}
	return nil
}

// reason is an error of the operating system without the path, which stands beside it.
func reason(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
