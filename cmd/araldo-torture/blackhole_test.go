package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/faultproxy"
)

// holed is a hub each of whose endpoints goes through a fault proxy of its own.
type holed struct {
	*testing.T
	hub   *hub
	links map[string]*faultproxy.Proxy
}

// holedRoutes are quiet routes, and such as carry something all the time.
var holedRoutes = map[string]string{
	"quiet":      "{hears: [says], reads: [adds], uplink: [uplink], browsers: [browsers]}",
	"under load": "{clock: [says, adds, uplink, browsers], hears: [says], reads: [adds], uplink: [says], browsers: [adds]}",
}

// startHoled runs a hub with every kind of connection, at the timings that users have.
func startHoled(t *testing.T, routes string) *holed {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	redis, err := startServer(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redis.close() })
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			listen(ctx, c)
		}
	}))
	t.Cleanup(foreign.Close)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	h := &holed{T: t, links: map[string]*faultproxy.Proxy{}}
	for name, server := range map[string]string{
		"hears": redis.addr, "says": redis.addr, "reads": redis.addr, "adds": redis.addr,
		"uplink": foreign.Listener.Addr().String(), "browsers": fmt.Sprintf("127.0.0.1:%d", port),
	} {
		link, err := faultproxy.Listen(server)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = link.Close() })
		h.links[name] = link
	}
	at := func(name string) string { return h.links[name].Addr() }
	text := fmt.Sprintf(`global: {server-port: %d, data-dir: data}
plugins:
  endpoints:
    - {name: hears, id: endpoint-redis, url: 'redis://%s', channel: heard}
    - {name: says, id: endpoint-redis, url: 'redis://%s', channel: said}
    - {name: reads, id: endpoint-redis, url: 'redis://%s', stream: read, group: hub}
    - {name: adds, id: endpoint-redis, url: 'redis://%s', stream: added}
    - {name: uplink, id: endpoint-websocket-client, url: 'ws://%s'}
    - {name: browsers, id: endpoint-websocket, path: /ws}
    - {name: clock, id: endpoint-mock, every: 50ms}
routes: %s
`, port, at("hears"), at("says"), at("reads"), at("adds"), at("uplink"), routes)
	if err := os.WriteFile(filepath.Join(dir, "araldo.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	araldo, err := program()
	if err == nil {
		h.hub, err = newHub(araldo, dir, 0)
	}
	if err == nil {
		err = h.hub.start(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.hub.kill() })
	return h
}

// browse connects a browser, which answers pings.
func (h *holed) browse() *websocket.Conn {
	h.Helper()
	c, _, err := websocket.Dial(h.Context(), "ws://"+h.links["browsers"].Addr()+"/ws", nil)
	if err != nil {
		h.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { listen(h.Context(), c) })
	h.Cleanup(reading.Wait)
	return c
}

// listen reads and so answers pings, until the connection or ctx ends.
func listen(ctx context.Context, c *websocket.Conn) {
	var err error
	for err == nil {
		_, _, err = c.Read(ctx)
	}
	_ = c.CloseNow()
}

// well tells of each endpoint behind a proxy whether the hub takes it for connected.
func (h *holed) well() map[string]bool {
	status, err := h.hub.status(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	all := map[string]bool{}
	for _, e := range status.Endpoints {
		if h.links[e.Name] != nil {
			all[e.Name] = e.State == "ready" && e.Cause == "" && (e.Name != "browsers" || len(e.Connections) > 0)
		}
	}
	return all
}

// wait waits until every endpoint is as wanted, and returns those that are not in time.
func (h *holed) wait(limit time.Duration, well bool) (not []string) {
	_ = until(h.Context(), limit, func() bool {
		not = not[:0]
		for name, is := range h.well() {
			if is != well {
				not = append(not, name)
			}
		}
		return len(not) == 0
	})
	return not
}

// A network that swallows everything is noticed in time at every kind of connection, whether something is to be sent or
// not, and its end too.
//
// fault: F6
func TestBlackHolesAreNoticedAtEveryKindOfConnection(t *testing.T) {
	for name, routes := range holedRoutes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startHoled(t, routes)
			browser := h.browse()
			if not := h.wait(startTime, true); len(not) > 0 {
				t.Fatalf("not ready: %v", not)
			}
			// A sign of life at the last moment makes it longest.
			if err := browser.Write(t.Context(), websocket.MessageText, []byte("I am well")); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for _, link := range h.links {
				link.Set(faultproxy.Weather{Hole: true})
			}
			if not := h.wait(noticeTime, false); len(not) > 0 {
				t.Errorf("in a black hole for %v and taken for connected: %s", noticeTime, strings.Join(not, ", "))
			}
			t.Logf("all were noticed after %v", time.Since(began))
			for _, link := range h.links {
				link.Reset()
				link.Set(faultproxy.Weather{})
			}
			h.browse()
			if not := h.wait(noticeTime, true); len(not) > 0 {
				t.Errorf("the network is back and these are not: %v", not)
			}
			h.missed()
		})
	}
}

// missed checks that the one that can't hear again what it missed says that there is a gap.
func (h *holed) missed() {
	h.Helper()
	status, err := h.hub.status(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	for _, e := range status.Endpoints {
		if e.Name == "hears" && e.Gaps == 0 {
			h.Errorf("no gap: %+v", e)
		}
	}
}
