package hub_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core/control"
)

// reload puts another configuration into the hub's file and has it taken.
func (r *relay) reload(text string) control.Reload {
	r.t.Helper()
	if err := os.WriteFile(r.cfg.Path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	got, err := r.Adopt(ctx, load(r.t, r.cfg.Path), false)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// reloaded is reload of a configuration that must be taken.
func (r *relay) reloaded(text string) control.Reload {
	r.t.Helper()
	got := r.reload(text)
	if !got.OK {
		r.t.Fatalf("not reloaded: %s %+v", got.Error, got.Problems)
	}
	return got
}

// refused is reload of a configuration that must not be taken, and why it was not.
func (r *relay) refused(text string) string {
	r.t.Helper()
	got := r.reload(text)
	if got.OK {
		r.t.Fatalf("it was reloaded: %+v", got.Changes)
	}
	return fmt.Sprint(got.Error, got.Problems)
}

// sequence reads numbers from a client until stop is closed, and returns the last one. Each must be one more than the
// one before, but the first.
func sequence(t *testing.T, c *websocket.Conn, stop <-chan struct{}) <-chan int {
	ended := make(chan int, 1)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		last := 0
		defer func() { ended <- last }()
		for {
			_, payload, err := c.Read(ctx)
			if err != nil {
				t.Errorf("after %d: %v", last, err)
				return
			}
			n, err := strconv.Atoi(string(payload))
			if err != nil || last > 0 && n != last+1 {
				t.Errorf("%q came after %d", payload, last)
				return
			}
			last = n
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	return ended
}

// A route is changed in every way there is, several times a second, under load: a browser, an acked route and a route that
// decodes notice nothing.
//
// fault: F12
func TestReloadsOfOneRouteAreUnnoticedByTheOthers(t *testing.T) {
	port := freePort(t)
	record := filepath.Join(t.TempDir(), "record")
	config := func(changing string) string {
		return fmt.Sprintf(`
global: {server-port: %d, shutdown-timeout: 5s}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor}
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 500us, payload: "{n}", marshalling: json}
    - {name: load, id: endpoint-mock, every: 500us, payload: "{n}", ack: true}
    - {name: browsers, id: endpoint-websocket, marshalling: json}
    - {name: kept, id: endpoint-mock, record: %s}
    - {name: packed, id: endpoint-mock, marshalling: cbor}
%s
`, port, record, changing)
	}
	routes := "routes:\n  ticks: [browsers, packed%s]\n  load: [kept%s]\n"
	turns := []string{
		"    - {name: other, id: endpoint-mock}\n" + fmt.Sprintf(routes, ", other", ", other"),
		"    - {name: other, id: endpoint-mock, confirm-after: 1ms}\n" + fmt.Sprintf(routes, ", other", ", {to: other, queue: {messages: 10}}"),
		"    - {name: other, id: endpoint-mock, process: own}\n    - {name: web, id: endpoint-websocket}\n" +
			fmt.Sprintf(routes, ", {to: other, queue: {overflow: block}}", ", web") + "  web: [other]\n  browsers: [web]\n",
		fmt.Sprintf(routes, "", ""),
	}
	r := start(t, config(turns[0]))
	c := dial(t, port, "/browsers")
	stop := make(chan struct{})
	last := sequence(t, c, stop)
	began := time.Now()
	reloads := 0
	for ; time.Since(began) < 6*time.Second; reloads++ {
		r.reloaded(config(turns[(reloads+1)%len(turns)]))
	}
	close(stop)
	if n := <-last; n < 1000 {
		t.Errorf("the browser got %d messages only", n)
	}
	t.Logf("%d reloads", reloads)
	status := r.Status(t.Context())
	if status.Reload.Generation != reloads+1 || status.Reload.Time.IsZero() || status.Reload.Failure != "" {
		t.Errorf("status says %+v after %d reloads", status.Reload, reloads)
	}
	if got := len(r.endpoint("browsers").Connections); got != 1 {
		t.Errorf("%d browsers are connected", got)
	}
	if got := r.endpoint("load"); got.Restarts != 0 || got.Unrouted != 0 {
		t.Errorf("the source: %+v", got)
	}
	made := int(r.figure("load", "made"))
	eventually(t, "all that was made until now arrives", func() bool { return len(missing(numbers(t, record), made)) == 0 })
	list := numbers(t, record)
	for i, n := range list {
		if n != i+1 {
			t.Fatalf("message %d came as number %d", n, i+1)
		}
	}
	r.checkAccounts()
}

// fault: F12
func TestABadFileChangesNothingAndSaysWhy(t *testing.T) {
	port := freePort(t)
	good := fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: browsers, id: endpoint-websocket}
routes:
  ticks: [browsers]
`, port)
	r := start(t, good)
	stop := make(chan struct{})
	last := sequence(t, dial(t, port, "/browsers"), stop)
	before := r.Status(t.Context())
	for _, one := range []struct{ was, is, why string }{
		{"every: 1ms", "every: never", "araldo.yaml:5:47"},
		{"id: endpoint-websocket", "id: endpoint-websocked", "endpoint-websocked"},
		{"- {name: browsers, id: endpoint-websocket}", "- {name: browsers, id: endpoint-websocket}\n    - {name: twice, id: endpoint-websocket, path: /browsers}", "both take listen:"},
		{"ticks: [browsers]", "ticks: [{to: browsers, require: at-least-once}]", "at-least-once"},
	} {
		if why := r.refused(strings.Replace(good, one.was, one.is, 1)); !strings.Contains(why, one.why) {
			t.Errorf("%s is refused because of %s", one.is, why)
		}
	}
	after := r.Status(t.Context())
	if len(after.Plugins) != len(before.Plugins) || after.Plugins[0].PID != before.Plugins[0].PID || len(after.Endpoints) != 2 {
		t.Errorf("plugins were %+v and are %+v", before.Plugins, after.Plugins)
	}
	if after.Reload.Generation != 1 || !strings.Contains(after.Reload.Failure, "at-least-once") || after.Reload.FailedTime.IsZero() {
		t.Errorf("status says %+v", after.Reload)
	}
	r.reloaded(good)
	if now := r.Status(t.Context()).Reload; now.Generation != 2 || now.Failure != "" {
		t.Errorf("status says %+v", now)
	}
	close(stop)
	<-last
}

// fault: F12 B21
func TestWhatCantBeOpenedIsTakenBack(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	_, taken, _ := net.SplitHostPort(held.Addr().String())
	port := freePort(t)
	good := fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}", ack: true}
    - {name: browsers, id: endpoint-websocket}
    - {name: moved, id: endpoint-websocket, path: /moved}
    - {name: sink, id: endpoint-mock}
routes:
  ticks: [browsers, sink]
  moved: [sink]
`, port)
	r := start(t, good)
	stop := make(chan struct{})
	last := sequence(t, dial(t, port, "/browsers"), stop)
	elsewhere := strings.Replace(good, "path: /moved", "path: /moved, port: "+taken, 1)
	for _, bad := range []string{
		// A new endpoint beside a new plugin, with new routes.
		strings.Replace(good, "    - {name: sink", "    - {name: new, id: endpoint-websocket, port: "+taken+
			"}\n    - {name: archive, id: endpoint-file, path: archive}\n    - {name: sink", 1) + "  new: [browsers, archive]\n",
		// One that must be closed first, and can't be opened in the new way: it comes back in the old one.
		elsewhere,
		// The same beside others that could be.
		strings.Replace(elsewhere, "[browsers, sink]", "[browsers]", 1) + "  browsers: [moved]\n",
		strings.Replace(elsewhere, "sink, id: endpoint-mock}", "sink, id: endpoint-mock, confirm-after: 1ms}", 1),
	} {
		why := r.refused(bad)
		if !strings.Contains(why, taken) || !strings.Contains(why, strconv.Itoa(os.Getpid())) {
			t.Errorf("the refusal names neither port %s nor its holder, pid %d: %s", taken, os.Getpid(), why)
		}
		r.asBefore(4, 2)
		received := r.endpoint("moved").Received
		send(t, dial(t, port, "/moved"), "x")
		eventually(t, "the endpoint that was closed works again", func() bool { return r.endpoint("moved").Received > received })
		delivered := r.outlet("ticks", "sink").Account.Delivered
		eventually(t, "the acked route works", func() bool { return r.outlet("ticks", "sink").Account.Delivered > delivered })
	}
	close(stop)
	<-last
}

// asBefore waits until so many endpoints are there, all ready, on so many plugins.
func (r *relay) asBefore(endpoints, plugins int) {
	r.t.Helper()
	eventually(r.t, "all is as before", func() bool {
		s := r.Status(r.t.Context())
		for _, e := range s.Endpoints {
			if e.State != "ready" {
				return false
			}
		}
		return len(s.Endpoints) == endpoints && len(s.Plugins) == plugins
	})
}

func TestAnEndpointGivesItsPlaceToAnother(t *testing.T) {
	port := freePort(t)
	config := func(name, more string) string {
		return fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: %s, id: endpoint-websocket, path: /ws%s}
routes:
  ticks: [%[2]s]
`, port, name, more)
	}
	r := start(t, config("old", ""))
	for _, next := range []struct{ name, more string }{{"new", ""}, {"new", ", max-connections: 10"}, {"old", ""}} {
		c := dial(t, port, "/ws")
		read(t, c)
		r.reloaded(config(next.name, next.more))
		code := websocket.StatusGoingAway
		if next.more != "" {
			code = websocket.StatusServiceRestart
		}
		if got := closeCode(t, c); got != code {
			t.Errorf("the client of the one that went was closed with %d, not %d", got, code)
		}
		read(t, dial(t, port, "/ws"))
		if got := len(r.Status(t.Context()).Endpoints); got != 2 {
			t.Errorf("%d endpoints", got)
		}
	}
}

// closeCode reads until the server closes.
func closeCode(t *testing.T, c *websocket.Conn) websocket.StatusCode {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if _, _, err := c.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

// fault: F12
func TestARemovedOutletIsDrained(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	config := func(endpoint, outlet string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 10s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: 500, payload: "{n}"}
    - {name: other, id: endpoint-mock}
%s
routes:
  load: [other%s]
`, endpoint, outlet)
	}
	slow := fmt.Sprintf("    - {name: slow, id: endpoint-mock, record: %s, confirm-after: 300ms}", record)
	r := start(t, config(slow, ", slow"))
	eventually(t, "all is queued", func() bool { return r.outlet("load", "slow").Account.In == 500 })
	r.reloaded(config("", ""))
	if lacks := missing(numbers(t, record), 500); len(lacks) > 0 {
		t.Errorf("%d messages of the removed outlet did not arrive", len(lacks))
	}
	if got := len(r.Status(t.Context()).Endpoints); got != 2 {
		t.Errorf("%d endpoints", got)
	}
}

// fault: F12
func TestAckedLeftoversOfARemovedOutletAreSettled(t *testing.T) {
	config := func(outlets string) string {
		return `
global: {shutdown-timeout: 300ms}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: 100, payload: "{n}", ack: true}
    - {name: stuck, id: endpoint-mock, stall-after: 0}
    - {name: sink, id: endpoint-mock}
routes:
  load: [` + outlets + `]
`
	}
	var log lockedBuffer
	r := startLogging(t, config("sink, stuck"), slog.New(slog.NewTextHandler(&log, nil)))
	eventually(t, "the stuck one has all", func() bool { a := r.outlet("load", "stuck").Account; return a.Queued+a.InFlight == 100 })
	if got := r.figure("load", "settled"); got != 0 {
		t.Fatalf("%d are settled already", got)
	}
	got := r.reloaded(config("sink"))
	if want := "[outlet load -> stuck was removed with 100 messages, which are dropped]"; fmt.Sprint(got.Remarks) != want {
		t.Errorf("the result says %q, not %s", got.Remarks, want)
	}
	if !strings.Contains(log.String(), `msg="messages were dropped" route=load outlet=stuck reason=removed count=100`) {
		t.Error("the log does not say what was dropped")
	}
	eventually(t, "the source hears that all is settled", func() bool { return r.figure("load", "settled") == 100 })
}

func TestSwitchingAtRunTimeSurvivesAReload(t *testing.T) {
	config := func(enabled, more string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock, enabled: %s%s}
routes:
  load: [sink]
`, enabled, more)
	}
	r := start(t, config("true", ""))
	if err := r.SetEnabled(t.Context(), "sink", false); err != nil {
		t.Fatal(err)
	}
	state := func(want string) {
		t.Helper()
		eventually(t, "sink is "+want, func() bool { return r.endpoint("sink").State == want })
	}
	r.reloaded(config("true", ""))
	state("disabled")
	r.reloaded(config("true", ", confirm-after: 1ms"))
	state("disabled")
	before := r.outlet("load", "sink").Account.Dropped["disabled"]
	eventually(t, "messages to it are dropped", func() bool { return r.outlet("load", "sink").Account.Dropped["disabled"] > before })
	r.reloaded(config("false", ", confirm-after: 1ms"))
	state("disabled")
	r.reloaded(config("true", ", confirm-after: 1ms"))
	state("ready")
	if err := r.SetEnabled(t.Context(), "sink", false); err != nil {
		t.Fatal(err)
	}
	r.reloaded(config("true", ""))
	state("disabled")
	r.reloaded(config("false", ""))
	r.reloaded(config("true", ""))
	state("ready")
}

// Accounts and taps belong to the names; a queue goes on where only its bounds change, and no number goes back.
func TestAccountsNeverGoBack(t *testing.T) {
	config := func(sink, outlet string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 5s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 200us, payload: "{n}", ack: true}
    - {name: sink, id: endpoint-mock%s}
    - {name: else, id: endpoint-mock}
routes:
  load:
    - {to: sink, name: one%s}
`, sink, outlet)
	}
	r := start(t, config("", ""))
	var in, delivered uint64
	for _, next := range []struct{ sink, outlet string }{
		{"", ", queue: {messages: 10}"},
		{"", ", ttl: 1h, retry: {initial: 1s}"},
		{"", ", delivery: live"},
		{"", ", delivery: live, queue: {overflow: block}"},
		{", confirm-after: 1ms", ", order: strict"},
		{", process: own", ""},
		{"", ", dead-letter: else"},
		{"", ", dead-letter: else, queue: {messages: 500}"},
		{"", ""},
	} {
		eventually(t, "messages flow", func() bool {
			a := r.outlet("load", "one").Account
			if a.In < in || a.Delivered < delivered {
				t.Fatalf("with %+v to come, in went from %d to %d, delivered from %d to %d", next, in, a.In, delivered, a.Delivered)
			}
			flows := a.In > in+20 && a.Delivered > delivered+20
			if flows {
				in, delivered = a.In, a.Delivered
			}
			return flows
		})
		r.reloaded(config(next.sink, next.outlet))
		r.checkAccounts()
	}
	if dropped := r.outlet("load", "one").Account.Dropped; len(dropped) > 0 {
		t.Errorf("dropped: %v", dropped)
	}
}

// fault: F12
func TestConnectionsStandWhenRoutesBeginOrCeaseToUseAnEndpoint(t *testing.T) {
	port := freePort(t)
	config := func(routes string) string {
		return fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: ticks, id: endpoint-mock, every: 10ms}
    - {name: sink, id: endpoint-mock}
routes:
%s
`, port, routes)
	}
	r := start(t, config("  ticks: [browsers]"))
	c := dial(t, port, "/browsers")
	read(t, c)
	send(t, c, "to nobody")
	for range 3 {
		before := r.figure("sink", "received")
		r.reloaded(config("  ticks: [browsers]\n  browsers: [sink]"))
		send(t, c, "to the sink")
		eventually(t, "the sink gets it", func() bool { return r.figure("sink", "received") >= before+1 })
		r.reloaded(config("  browsers: [sink]"))
		send(t, c, "again")
		eventually(t, "the sink gets it", func() bool { return r.figure("sink", "received") >= before+2 })
		r.reloaded(config("  ticks: [browsers]"))
		send(t, c, "to nobody")
		read(t, c)
	}
	if got := r.endpoint("browsers"); got.Restarts != 0 || len(got.Connections) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestAnEndpointThatIsOpenedAgainKeepsItsNumbers(t *testing.T) {
	text := `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`
	r := start(t, text)
	received := uint64(0)
	for n := range 3 {
		eventually(t, "messages come", func() bool { return r.endpoint("load").Received > received+20 })
		received = r.endpoint("load").Received
		r.reloaded(strings.Replace(text, "every: 1ms", fmt.Sprintf("every: 1ms, size: %d", n+10), 1))
		if got := r.endpoint("load"); got.Received < received || got.Restarts != 0 {
			t.Errorf("%d received before, %d after; %d restarts", received, got.Received, got.Restarts)
		}
	}
}

func TestATapFollowsAReload(t *testing.T) {
	r := start(t, pair)
	events := tapped(t, r, control.TapRequest{Endpoint: "b", In: true, Out: true})
	say := func(endpoint, payload string) {
		t.Helper()
		if _, err := r.Send(t.Context(), endpoint, control.Message{Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
	see := func(route, payload string) {
		t.Helper()
		if e := next(t, events); e.Route != route || e.Payload != payload {
			t.Errorf("the tap shows %+v, not %s of route %q", e, payload, route)
		}
	}
	say("a", "one")
	see("a", "one")
	r.reloaded(pair + "  lonely: [b]\n")
	say("lonely", "two")
	see("lonely", "two")
	r.reloaded(strings.Replace(strings.Replace(pair, "    - {name: b, id: endpoint-mock}\n", "", 1), "[b, full]", "[full]", 1))
	say("a", "unseen")
	r.reloaded(pair + "  b: [lonely]\n")
	say("b", "three")
	see("", "three")
}

// A marshalling is a matter between the endpoint and its routes: changing it interrupts no connection.
func TestAnotherMarshallingLeavesConnectionsAlone(t *testing.T) {
	port := freePort(t)
	config := func(marshalling string) string {
		return fmt.Sprintf(`
global: {server-port: %d}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: packed, id: marshal-msgpack}
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "10000{n}", marshalling: json}
    - {name: browsers, id: endpoint-websocket%s}
routes:
  ticks: [browsers]
`, port, marshalling)
	}
	r := start(t, config(", marshalling: json"))
	c := dial(t, port, "/browsers")
	follow := func(number func(string) int) {
		t.Helper()
		for seen := 0; seen < 20; {
			if number(read(t, c)) < 100_001 {
				continue // still as before
			}
			seen++
		}
	}
	json := func(text string) int { n, _ := strconv.Atoi(text); return n }
	packed := func(text string) int { // uint 32, MessagePack's shortest form of such numbers
		if len(text) == 5 && text[0] == 0xce {
			return int(binary.BigEndian.Uint32([]byte(text[1:])))
		}
		return 0
	}
	follow(json)
	for range 2 {
		r.reloaded(config(", marshalling: packed"))
		follow(packed)
		r.reloaded(config(""))
		follow(json)
	}
	if got := r.endpoint("browsers"); got.Restarts != 0 || len(got.Connections) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestPluginsComeAndGoWithTheirEndpoints(t *testing.T) {
	config := func(more, routes string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
%s
routes:
  load: [sink%s]
`, more, routes)
	}
	r := start(t, config("", ""))
	mock := r.plugin("mock").PID
	for range 2 {
		r.reloaded(config("    - {name: archive, id: endpoint-file, path: archive}\n    - {name: own, id: endpoint-mock, process: own}", ", archive, own"))
		file, own := r.plugin("file").PID, r.plugin("mock/own").PID
		eventually(t, "both get messages", func() bool {
			return r.outlet("load", "archive").Account.Delivered > 0 && r.outlet("load", "own").Account.Delivered > 0
		})
		r.reloaded(config("", ""))
		if alive(file) || alive(own) {
			t.Error("a plugin runs on that nothing needs")
		}
	}
	if got := r.plugin("mock").PID; got != mock {
		t.Errorf("mock was %d and is %d", mock, got)
	}
}

func TestAPluginThatWasGivenUpIsStartedByAReload(t *testing.T) {
	text := `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock, process: own, restart: {limit: 1}}
routes:
  load: [sink]
`
	r := start(t, text)
	first := r.plugin("mock/sink").PID
	kill(t, first)
	r.back("mock/sink", first)
	kill(t, r.plugin("mock/sink").PID)
	eventually(t, "it is given up", func() bool { return r.endpoint("sink").State == "failed" })
	r.reloaded(text)
	before := r.outlet("load", "sink").Account.Delivered
	eventually(t, "it works again", func() bool { return r.outlet("load", "sink").Account.Delivered > before })
}

// fault: F12
func TestAMarshallingIsChangedUnderLoad(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	config := func(bytes string) string {
		return fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json%s}
    - {name: other, id: marshal-json}
  endpoints:
    - {name: load, id: endpoint-mock, every: 200us, payload: "{n}", marshalling: json, ack: true}
    - {name: sink, id: endpoint-mock, marshalling: other, record: %s}
routes:
  load: [sink]
`, bytes, record)
	}
	r := start(t, config(""))
	for i := range 6 {
		before := r.outlet("load", "sink").Account.Delivered
		eventually(t, "messages flow", func() bool { return r.outlet("load", "sink").Account.Delivered > before+50 })
		was := r.Status(t.Context()).Marshallings[0]
		r.reloaded(config([]string{", bytes: base64", ""}[i%2]))
		if is := r.Status(t.Context()).Marshallings[0]; is.Name != "json" || is.Decoded < was.Decoded || is.Since.Equal(was.Since) || is.Restarts != 0 {
			t.Errorf("a reload made %+v of %+v", is, was)
		}
	}
	made := int(r.figure("load", "made"))
	eventually(t, "all arrives", func() bool { return len(missing(numbers(t, record), made)) == 0 })
}

func TestHubKeysThatNeedARestartStayAsTheyAre(t *testing.T) {
	text := `
global: {log-level: info, max-message: 64KiB}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`
	r := start(t, text)
	for range 2 {
		got := r.reloaded(strings.Replace(text, "64KiB", "1KiB", 1))
		if len(got.Changes) != 1 || got.Changes[0].Class != "hub-restart" || !strings.Contains(got.Changes[0].Text, "max-message 64KiB -> 1KiB") {
			t.Errorf("changes %+v", got.Changes)
		}
	}
	if _, err := r.Send(t.Context(), "load", control.Message{Payload: make([]byte, 2<<10)}); err != nil {
		t.Errorf("max-message changed: %v", err)
	}
	if got := r.reloaded(text); len(got.Changes) != 0 {
		t.Errorf("changes %+v", got.Changes)
	}
}

func TestADryRunOnlyTells(t *testing.T) {
	text := `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`
	r := start(t, text)
	next := write(t, strings.Replace(text, "- {name: sink, id: endpoint-mock}",
		"- {name: sink, id: endpoint-mock, confirm-after: 1ms}\n    - {name: archive, id: endpoint-file, path: archive}", 1))
	got, err := r.Adopt(t.Context(), load(t, next), true)
	if err != nil || !got.OK || !got.DryRun {
		t.Fatalf("%+v, %v", got, err)
	}
	var texts []string
	for _, c := range got.Changes {
		if c.Kind != "global" { // another file has another data-dir
			texts = append(texts, c.Text)
		}
	}
	if want := []string{"endpoint archive added (live)", "endpoint sink changed (endpoint-restart): confirm-after 0s -> 1ms"}; fmt.Sprint(texts) != fmt.Sprint(want) {
		t.Errorf("changes %q", texts)
	}
	if s := r.Status(t.Context()); len(s.Endpoints) != 2 || len(s.Plugins) != 1 || s.Reload.Generation != 1 || r.endpoint("sink").Restarts != 0 {
		t.Errorf("status %+v", s.Reload)
	}
}

func TestASecretOfTheNewConfigurationIsMaskedToo(t *testing.T) {
	config := func(password string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: load, id: endpoint-mock}
    - {name: news, id: endpoint-redis, url: "redis://:%s@127.0.0.1:1", channel: news}
routes:
  load: [news]
`, password)
	}
	r := start(t, config("the-first-secret"))
	got := r.reloaded(config("the-second-secret"))
	for _, secret := range []string{"first-secret", "second-secret"} {
		if text := fmt.Sprintf("%+v %+v", got, r.Status(t.Context())); strings.Contains(text, secret) {
			t.Errorf("%s is told: %s", secret, text)
		}
	}
	if len(got.Changes) != 1 || got.Changes[0].Class != "endpoint-restart" {
		t.Errorf("changes %+v", got.Changes)
	}
}

// fault: F12
func TestAHundredReloadsLeaveNothingBehind(t *testing.T) {
	config := func(more, routes string) string {
		return fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: "{n}", marshalling: json}
    - {name: sink, id: endpoint-mock}
%s
routes:
  load: [sink%s]
`, more, routes)
	}
	r := start(t, config("", ""))
	times := func(n int) resources {
		for i := range n {
			r.reloaded(config("    - {name: other, id: endpoint-mock, marshalling: cbor}", ", other, {to: other, name: again, queue: {overflow: block}}"))
			r.reloaded(config(fmt.Sprintf("    - {name: other, id: endpoint-mock, confirm-after: %dms}", i%3), ", {to: other, delivery: live}"))
			r.reloaded(config("", ""))
		}
		return r.resources()
	}
	early := times(5)
	late := times(30)
	t.Logf("after 15 reloads %+v, after 105 %+v", early, late)
	if late.goroutines > early.goroutines+5 || late.descriptors > early.descriptors+3 || late.sockets > early.sockets {
		t.Errorf("something is left behind by each reload: %+v, then %+v", early, late)
	}
	if late.memory > early.memory+4<<20 {
		t.Errorf("memory grew from %d to %d bytes", early.memory, late.memory)
	}
}

func TestAStopDuringAReloadEndsInGoodOrder(t *testing.T) {
	config := func(outlets string) string {
		return `
global: {shutdown-timeout: 2s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: 100, ack: true}
    - {name: stuck, id: endpoint-mock, stall-after: 0}
    - {name: sink, id: endpoint-mock}
routes:
  load: [` + outlets + `]
`
	}
	r := start(t, config("sink, stuck"))
	eventually(t, "the stuck one has all", func() bool { a := r.outlet("load", "stuck").Account; return a.Queued+a.InFlight == 100 })
	if err := os.WriteFile(r.cfg.Path, []byte(config("sink")), 0o600); err != nil {
		t.Fatal(err)
	}
	next := load(t, r.cfg.Path)
	done := make(chan error, 1)
	go func() {
		_, err := r.Adopt(context.Background(), next, false)
		done <- err
	}()
	eventually(t, "the reload drains", func() bool { return len(r.Status(t.Context()).Routes[0].Outlets) == 1 })
	r.Stop()
	if err := <-done; err != nil {
		t.Errorf("the reload: %v", err)
	}
	r.stop()
	if _, err := r.Adopt(t.Context(), next, false); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("after its end the hub is reloaded: %v", err)
	}
}
