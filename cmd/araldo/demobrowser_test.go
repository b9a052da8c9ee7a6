package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/redis/go-redis/v9"
)

// tab is one tab of a real browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// browser starts a headless Chromium that opens tabs at an address.
func browser(t *testing.T) (open func(url string) *tab) {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true))...)
	t.Cleanup(cancel)
	first, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(first, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = chromedp.Cancel(first) })
	return func(url string) *tab {
		ctx, cancel := chromedp.NewContext(first)
		t.Cleanup(cancel)
		if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
			t.Fatal(err)
		}
		return &tab{t, ctx}
	}
}

// eval is the value of an expression in the page.
func eval[T any](tab *tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits until an expression is true in the page.
func (tab *tab) until(expression string) {
	tab.t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.Tick(pollEvery); !eval[bool](tab, "!!("+expression+")"); <-tick {
		if time.Now().After(deadline) {
			tab.t.Fatalf("not within %s: %s; the page says\n%s", patience, expression, eval[string](tab, "document.body.innerText"))
		}
	}
}

// write types into the field and presses Enter, as a person does.
func (tab *tab) write(text string) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, chromedp.SendKeys("#text", text+"\r")); err != nil {
		tab.t.Fatal(err)
	}
}

func (tab *tab) light(state string) {
	tab.t.Helper()
	tab.until(fmt.Sprintf(`document.getElementById("light").dataset.state === %q`, state))
}

// shows waits for a message in the list, from somebody.
func (tab *tab) shows(from, text string) {
	tab.t.Helper()
	tab.until(fmt.Sprintf(`[...document.querySelectorAll("#messages li")].some(li =>
		li.querySelector("b").textContent.startsWith(%q) && li.querySelector("p").textContent === %q)`, from, text))
}

// screenshots are kept here, for whoever wants to look; git ignores the folder.
const screenshots = "../../bin/screenshots"

// shoot keeps pictures of the page: desktop and phone, light and dark.
func (tab *tab) shoot(name string) {
	tab.t.Helper()
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		tab.t.Fatal(err)
	}
	for size, width := range map[string]int64{"desktop": 1200, "phone": 390} {
		for _, theme := range []string{"light", "dark"} {
			if err := chromedp.Do(tab.ctx, chromedp.EmulateViewport(width, 844), theming(theme)); err != nil {
				tab.t.Fatal(err)
			}
			if wide := eval[int64](tab, "document.documentElement.scrollWidth"); wide > width {
				tab.t.Errorf("%s, %s: the page is %d wide, the screen %d", name, size, wide, width)
			}
			picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				tab.t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(screenshots, strings.Join([]string{"demo", name, size, theme}, "-")+".png"), picture, 0o644); err != nil {
				tab.t.Fatal(err)
			}
		}
	}
}

func theming(theme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	})
}

// count is a figure of a route as the page shows it, -1 where it does not yet.
func (tab *tab) count(inbound, outlet, figure string) int {
	tab.t.Helper()
	n, err := strconv.Atoi(eval[string](tab, fmt.Sprintf(
		`document.querySelector('[data-route="%s"][data-outlet="%s"]')?.dataset[%q] ?? ""`, inbound, outlet, figure)))
	if err != nil {
		return -1
	}
	return n
}

// Two tabs and Redis talk to each other, the page counts as status does, and all goes on when the hub was killed.
func TestTheDemosPage(t *testing.T) {
	tmp := shortDir(t)
	web, port := freeTestPorts(t)
	start := func() *demo { return startDemo(t, tmp, "--port", web, "--redis-port", port) }
	d := start()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	t.Cleanup(func() { client.Close() })
	subscription := client.Subscribe(t.Context(), "talk")
	defer subscription.Close()
	if _, err := subscription.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	open := browser(t)
	tabs := []*tab{open(d.address()), open(d.address())}
	for _, tab := range tabs {
		tab.light("open")
		tab.until(fmt.Sprintf(`document.querySelectorAll("#lines li").length === %d`, len((&demonstration{}).lines())))
	}

	// A tab to Redis and to all tabs.
	names := []string{eval[string](tabs[0], `document.getElementById("me").textContent`), eval[string](tabs[1], `document.getElementById("me").textContent`)}
	texts := []string{"grüß dich <b>&amp;", "and good morning from the other tab"}
	for i := range tabs {
		tabs[i].write(texts[i])
		if m, err := subscription.ReceiveMessage(t.Context()); err != nil || m.Payload != fmt.Sprintf(`{"from":"%s","text":"%s"}`, names[i], texts[i]) {
			t.Fatalf("Redis got %v, %v", m, err)
		}
		for _, tab := range tabs {
			tab.shows(names[i], texts[i])
		}
	}
	// Redis to all tabs.
	d.shell(d.line("A message from Redis to every tab"))
	for _, tab := range tabs {
		tab.shows("Redis", "hello from Redis")
	}
	compareCounts(t, d, tabs)
	tabs[0].shoot("talk")
	subscription.Close() // it would come back with the next Redis
	reconnects(t, d, start, tabs)
}

// compareCounts holds what the pages show against status.
func compareCounts(t *testing.T, d *demo, tabs []*tab) {
	t.Helper()
	for _, tab := range tabs {
		d.eventually("the page shows the last message", func() bool { return tab.count("redis", "tabs", "delivered") == 3 })
	}
	for _, route := range d.status().Routes {
		o := route.Outlets[0]
		for _, tab := range tabs {
			in, delivered := tab.count(route.Inbound, o.Name, "in"), tab.count(route.Inbound, o.Name, "delivered")
			if route.Inbound == "accounts" { // it counts its own reports, so it moves
				if delivered < 1 || in < delivered {
					t.Errorf("accounts: %d in, %d delivered", in, delivered)
				}
				continue
			}
			if in != int(o.Account.In) || delivered != int(o.Account.Delivered) {
				t.Errorf("%s -> %s: the page shows %d in, %d delivered, status %+v", route.Inbound, o.Name, in, delivered, o.Account)
			}
		}
	}
	tabs[0].until(`[...document.querySelectorAll(".end small")].some(e => e.textContent === "2 clients")`)
}

// reconnects kills the hub and starts it again: the light goes through reconnecting and back, and what was sent
// meanwhile arrives.
func reconnects(t *testing.T, d *demo, start func() *demo, tabs []*tab) {
	t.Helper()
	_ = d.stop(syscall.SIGKILL)
	for _, tab := range tabs {
		tab.light("reconnecting")
	}
	tabs[0].write("written while the hub was away")
	tabs[0].until(`document.getElementById("note").textContent === "1 message waits for the connection."`)
	tabs[0].until(`!document.getElementById("stale").hidden`)
	tabs[0].shoot("reconnecting")
	// The demo would move on to other ports while the killed hub's plugins still hold theirs.
	d.eventually("the plugins of the killed hub are gone", func() bool {
		for _, flag := range []int{3, 5} {
			port, _ := strconv.Atoi(d.cmd.Args[flag])
			found, err := freePorts(port)
			if err != nil || found[0] != port {
				return false
			}
		}
		return true
	})
	again := start()
	if again.address() != d.address() {
		t.Fatalf("the second hub is at %s", again.address())
	}
	for _, tab := range tabs {
		tab.light("open")
		tab.until(`document.getElementById("note").textContent === "" && document.getElementById("stale").hidden`)
		tab.until(fmt.Sprintf(`document.getElementById("lines").textContent.includes(%q)`, again.line("What became of every message")))
	}
	// Who connected later than it came did not get it: the demo's routes are live.
	again.eventually("what was written meanwhile has come", func() bool { return again.status().Routes[0].Outlets[0].Account.Delivered == 1 })
	tabs[1].write("back again")
	for _, tab := range tabs {
		tab.shows("", "back again")
	}
	if err := again.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	for _, tab := range tabs {
		tab.light("reconnecting")
	}
}
