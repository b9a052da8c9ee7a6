package websocket

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// refusalPause is the least time between two log lines about refused origins: any page can cause one.
const refusalPause = time.Second

// refusalLog tells the operator whom the endpoint refuses and how to let them in.
type refusalLog struct {
	mu      sync.Mutex
	last    time.Time
	omitted int
}

// origin logs the refusal of r's Origin, at most one per refusalPause.
func (l *refusalLog) origin(e *endpoint, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.last) < refusalPause {
		l.omitted++
		return
	}
	header := r.Header.Get("Origin")
	header = header[:min(len(header), 256)]
	e.log.Warn("refused a page from a foreign origin", "origin", header, "host", r.Host, "path", e.path,
		"fix", originsLine(header, e.config.Origins), "omitted", l.omitted)
	l.last, l.omitted = time.Now(), 0
}

// originsLine is the configuration line that would let the page in, too.
func originsLine(header string, present []string) string {
	if _, ok := parseOrigin(header); !ok {
		return "none: it names no host"
	}
	list := append(append([]string(nil), present...), header)
	for i := range list {
		list[i] = fmt.Sprintf("%q", list[i])
	}
	return "origins: [" + strings.Join(list, ", ") + "]"
}
