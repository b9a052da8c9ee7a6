package main

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/araldo-relay/araldo/core/control"
)

// demoPage is the page as it stands in the folder demo.
//
//go:embed demo/index.html demo/page.css demo/page.js demo/araldo.js
var demoPage embed.FS

// demoConfig is the demo's configuration; the port of Redis is put in.
const demoConfig = `# The configuration of araldo demo.
plugins:
  endpoints:
    - {name: tabs, id: endpoint-websocket, path: /ws, static: page}
    - {name: redis, id: endpoint-redis, url: "embedded://127.0.0.1:%d", channel: talk}
    - {name: accounts, id: endpoint-status, every: 500ms}
    - {name: picture, id: endpoint-websocket, path: /accounts}
routes:
  tabs: [redis]
  redis: [tabs]
  accounts: [picture]
`

// demonstration is one run of the demo: its ports and its folder, which holds configuration, page and data.
type demonstration struct {
	web, redis int
	dir        string
	socket     string
	program    string
}

// newDemonstration makes the folder with all that is in it.
func newDemonstration(web, redis int) (*demonstration, error) {
	dir, err := os.MkdirTemp("", "araldo-demo-")
	if err != nil {
		return nil, err
	}
	d := &demonstration{web: web, redis: redis, dir: dir, program: programName()}
	if err := d.fill(); err != nil {
		return nil, errors.Join(err, d.remove())
	}
	return d, nil
}

func (d *demonstration) data() string   { return filepath.Join(d.dir, "data") }
func (d *demonstration) page() string   { return filepath.Join(d.dir, "page") }
func (d *demonstration) config() string { return filepath.Join(d.dir, "demo.yaml") }
func (d *demonstration) remove() error  { return os.RemoveAll(d.dir) }

func (d *demonstration) fill() (err error) {
	if d.socket, err = control.SocketPath(d.data()); err != nil {
		return fmt.Errorf("the demo's folder is made where TMPDIR says, and that is too deep: %w", err)
	}
	files, err := fs.Sub(demoPage, "demo")
	if err != nil {
		return err
	}
	if err := os.CopyFS(d.page(), files); err != nil {
		return err
	}
	// The page shows the lines that the terminal shows.
	lines, err := json.Marshal(map[string]any{"lines": d.lines()})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.page(), "demo.json"), lines, 0o600); err != nil {
		return err
	}
	return os.WriteFile(d.config(), fmt.Appendf(nil, demoConfig, d.redis), 0o600)
}

// portsTried is how many ports, from the one asked for, are tried.
const portsTried = 100

// freePorts finds for each port that is asked for a free one of the loopback, itself or one of the next, and no port
// twice. They were free a moment ago: who takes one meanwhile makes the hub say so.
func freePorts(wanted ...int) ([]int, error) {
	var found []int
	for _, first := range wanted {
		listener, err := listenFrom(first)
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		found = append(found, listener.Addr().(*net.TCPAddr).Port)
	}
	return found, nil
}

func listenFrom(first int) (net.Listener, error) {
	if first < 1 || first > 65535 {
		return nil, &usageError{text: fmt.Sprintf("%d is no port", first), hint: "a port is 1 to 65535"}
	}
	for port := first; port < first+portsTried && port <= 65535; port++ {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return listener, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("no port from %d to %d is free", first, min(first+portsTried-1, 65535))
}
