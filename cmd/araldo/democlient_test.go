package main

import "testing"

// The client that the demo's page uses is one for anybody's page: what it promises is shown in a real browser.
// parity: Z26
func TestTheClientForPages(t *testing.T) {
	d := startFreeDemo(t, shortDir(t))
	tab := browser(t)(d.address())
	tab.light("open")
	eval[string](tab, `import("/araldo.js").then(({ connect }) => {
		window.hub = connect("/ws");
		window.got = { all: [], orders: [], once: [] };
		hub.subscribe(() => { throw new Error("one handler's fault") });
		hub.subscribe((value) => got.all.push(value));
		window.order = (value) => got.orders.push(value.n);
		hub.subscribe("order", order);
		window.stop = hub.subscribe("order", (value) => got.once.push(value.n));
		// There is no connection yet: these wait, in their order.
		window.sent = [hub.state, hub.send({ type: "order", n: 1 }), hub.send({ type: "other" }), hub.send("[plain"), hub.waiting];
		return "";
	})`)
	if got := eval[string](tab, "JSON.stringify(sent)"); got != `["connecting",true,true,true,3]` {
		t.Errorf("before the connection: %s", got)
	}
	tab.until(`got.all.length === 3`)
	if got := eval[string](tab, "JSON.stringify([hub.state, hub.waiting, got])"); got !=
		`["open",0,{"all":[{"type":"order","n":1},{"type":"other"},"[plain"],"orders":[1],"once":[1]}]` {
		t.Errorf("after it: %s", got)
	}

	eval[bool](tab, `stop(); hub.send({ type: "order", n: 2 })`)
	tab.until(`got.all.length === 4`)
	eval[bool](tab, `hub.unsubscribe("order", order); hub.unsubscribe("none"); hub.send({ type: "order", n: 3 })`)
	tab.until(`got.all.length === 5`)
	if got := eval[string](tab, "JSON.stringify([got.orders, got.once])"); got != `[[1,2],[1]]` {
		t.Errorf("after unsubscribing: %s", got)
	}

	// Switched off the endpoint closes all connections and refuses new ones; switched on they come back by themselves.
	socket := " --socket " + shellWord(d.status().DataDir+"/araldo.sock")
	d.shell("araldo disable tabs" + socket)
	tab.until(`hub.state === "reconnecting"`)
	d.shell("araldo enable tabs" + socket)
	tab.until(`hub.state === "open"`)

	if got := eval[string](tab, `hub.close(); JSON.stringify([hub.state, hub.send("late"), hub.waiting])`); got != `["closed",false,0]` {
		t.Errorf("closed: %s", got)
	}
	d.eventually("only the page is connected", func() bool { return len(d.status().Endpoints[0].Connections) == 1 })
}

// Too much is refused, so that a page can tell, instead of filling its memory.
func TestTheClientForPagesKeepsABoundedQueue(t *testing.T) {
	d := startFreeDemo(t, shortDir(t))
	tab := browser(t)(d.address())
	got := eval[string](tab, `import("/araldo.js").then(({ connect }) => {
		const hub = connect("/nowhere", { keep: 2 });
		const answer = [hub.send("1"), hub.send("2"), hub.send("3"), hub.waiting];
		hub.close();
		return JSON.stringify(answer);
	})`)
	if got != `[true,true,false,2]` {
		t.Errorf("%s", got)
	}
}
