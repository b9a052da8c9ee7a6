package hub_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser starts a headless Chromium and returns a function that opens a tab at an address.
func browser(t *testing.T) (tab func(url string) context.Context) {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true))...)
	t.Cleanup(cancel)
	first, cancelFirst := chromedp.NewContext(allocator)
	t.Cleanup(cancelFirst)
	if _, err := chromedp.Run(first, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return func(url string) context.Context {
		ctx, cancel := chromedp.NewContext(first)
		t.Cleanup(cancel)
		ctx, cancel = context.WithTimeout(ctx, time.Minute)
		t.Cleanup(cancel)
		if _, err := chromedp.Run(ctx, chromedp.Navigate(url)); err != nil {
			t.Fatal(err)
		}
		return ctx
	}
}

// say runs a line in a tab's console and waits for its promise.
func say(t *testing.T, tab context.Context, line string) string {
	t.Helper()
	answer, err := chromedp.Run(tab, chromedp.Evaluate[string](line, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return answer
}

// The README's first minute, in two tabs of a real browser.
func TestTwoTabsOfARealBrowserTalkThroughRedis(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, path: /ws}
    - {name: talk, id: endpoint-redis, url: "%s", channel: talk}
routes:
  talk: [browsers]
  browsers: [talk]
`, port, url))
	subscribed(t, client, "talk")
	open := browser(t)
	tabs := []context.Context{
		open(fmt.Sprintf("http://127.0.0.1:%d/healthz", port)), open(fmt.Sprintf("http://127.0.0.1:%d/healthz", port)),
	}
	for _, tab := range tabs {
		say(t, tab, `got = []; waiting = []; ws = new WebSocket("ws://" + location.host + "/ws");
			ws.onmessage = e => waiting.length ? waiting.shift()(e.data) : got.push(e.data);
			next = () => got.length ? Promise.resolve(got.shift()) : new Promise(ok => waiting.push(ok));
			new Promise(ok => ws.onopen = () => ok("open"))`)
	}
	say(t, tabs[0], `ws.send("grüß dich"); ""`)
	for n, tab := range tabs {
		if got := say(t, tab, "next()"); got != "grüß dich" {
			t.Errorf("tab %d got %q from the other", n, got)
		}
	}
	client.Publish(t.Context(), "talk", "from Redis")
	for n, tab := range tabs {
		if got := say(t, tab, "next()"); got != "from Redis" {
			t.Errorf("tab %d got %q from Redis", n, got)
		}
	}
}

// A page from elsewhere must not get in, in a real browser as in any test client.
func TestARealBrowserIsRefusedFromAnotherOrigin(t *testing.T) {
	home, away := freePort(t), freePort(t)
	start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: home, id: endpoint-websocket, port: %d}
    - {name: away, id: endpoint-websocket, port: %d}
routes:
  home: [home]
  away: [away]
`, home, away))
	tab := browser(t)(fmt.Sprintf("http://127.0.0.1:%d/healthz", away))
	line := fmt.Sprintf(`new Promise(ok => { ws = new WebSocket("ws://127.0.0.1:%d/home");
		ws.onopen = () => ok("open"); ws.onerror = () => ok("refused") })`, home)
	if got := say(t, tab, line); got != "refused" {
		t.Errorf("a page of port %d could connect to port %d: %s", away, home, got)
	}
}
