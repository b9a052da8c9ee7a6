package hub_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/araldo-relay/araldo/core/control"
)

// scrape is the values of one answer of /metrics, by name and labels as PromQL writes them: the labels sorted.
type scrape map[string]float64

func (r *relay) get(path string) (code int, body string) {
	r.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	answer, err := client.Get(strings.TrimSuffix(r.Status(r.t.Context()).Metrics, "/metrics") + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func (r *relay) scrape() scrape {
	r.t.Helper()
	code, text := r.get("/metrics")
	if code != http.StatusOK {
		r.t.Fatalf("answered %d: %s", code, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	all := scrape{}
	for name, family := range families {
		for _, m := range family.Metric {
			labels := []string{}
			for _, l := range m.Label {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			slices.Sort(labels)
			key := name + "{" + strings.Join(labels, ",") + "}"
			all[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return all
}

// outlet is an outlet's account by the scrape.
func (s scrape) outlet(t *testing.T, route, name string) control.Account {
	t.Helper()
	number := func(metric string) uint64 {
		value, found := s[fmt.Sprintf("araldo_outlet_%s{outlet=%q,route=%q}", metric, name, route)]
		if !found {
			t.Fatalf("no %s of %s -> %s", metric, route, name)
		}
		return uint64(value)
	}
	account := control.Account{
		In: number("in_messages_total"), Delivered: number("delivered_messages_total"),
		Filtered: number("filtered_messages_total"), DeadLettered: number("dead_lettered_messages_total"),
		Expired: number("expired_messages_total"), Queued: number("queued_messages"),
		InFlight: number("in_flight_messages"), Retried: number("retried_messages_total"),
		Returned: number("returned_messages_total"), Dropped: map[string]uint64{},
	}
	for key, value := range s {
		labels, ours := strings.CutPrefix(key, fmt.Sprintf("araldo_outlet_dropped_messages_total{outlet=%q,reason=", name))
		reason, rest, _ := strings.Cut(strings.TrimPrefix(labels, `"`), `"`)
		if ours && rest == fmt.Sprintf(",route=%q}", route) && value > 0 {
			account.Dropped[reason] = uint64(value)
		}
	}
	return account
}

const scraped = `
global: {metrics-port: 0}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 20us, payload: "{n}"}
    - {name: fine, id: endpoint-mock, process: own}
    - {name: picky, id: endpoint-mock, process: own, fail: {class: permanent, each: 3}}
    - {name: nobody, id: endpoint-mock, process: own, fail: {class: no-recipient}}
routes:
  load: [fine, picky, nobody, {to: fine, name: sieved, when: 'source == "x"'}]
`

func TestEveryScrapeAddsUpUnderLoadAndWhilePluginsAreKilled(t *testing.T) {
	r := start(t, scraped)
	outlets := []string{"fine", "picky", "nobody", "sieved"}
	before := map[string]control.Account{}
	killed := 0
	for n := range 60 {
		if n%15 == 5 {
			if pid := r.plugin("mock/fine").PID; pid != 0 {
				kill(t, pid)
				killed++
			}
		}
		now := r.scrape()
		for _, name := range outlets {
			account := now.outlet(t, "load", name)
			if left := residue(account); left != 0 {
				t.Fatalf("scrape %d, %s: residue %d in %+v", n, name, left, account)
			}
			if was := before[name]; account.In < was.In || account.Delivered < was.Delivered {
				t.Fatalf("scrape %d, %s: %+v after %+v", n, name, account, was)
			}
			before[name] = account
		}
	}
	eventually(t, "messages flow after the kills", func() bool {
		return r.scrape().outlet(t, "load", "fine").Delivered > before["fine"].Delivered
	})
	now := r.scrape()
	restarts := now[`araldo_plugin_restarts_total{plugin="mock/fine"}`]
	if killed == 0 || restarts == 0 || before["picky"].Dropped["refused"] == 0 || before["sieved"].Filtered == 0 ||
		before["nobody"].Dropped["no-recipient"] == 0 {
		t.Errorf("the run was vacuous: %d kills, %v restarts, %+v", killed, restarts, before)
	}
}

func TestAScrapeEqualsTheStatusOfAQuietHub(t *testing.T) {
	r := start(t, strings.Replace(scraped, "every: 20us", "every: 20us, count: 3000", 1))
	eventually(t, "all is settled", func() bool {
		for _, route := range r.Status(t.Context()).Routes {
			for _, o := range route.Outlets {
				if o.Account.In != 3000 || o.Account.Queued+o.Account.InFlight > 0 {
					return false
				}
			}
		}
		return true
	})
	now, again, status := r.scrape(), r.scrape(), r.Status(t.Context())
	for _, o := range status.Routes[0].Outlets {
		got := now.outlet(t, "load", o.Name)
		if fmt.Sprint(got) != fmt.Sprint(o.Account) || !maps.Equal(got.Dropped, again.outlet(t, "load", o.Name).Dropped) {
			t.Errorf("%s: scraped %+v, status says %+v", o.Name, got, o.Account)
		}
		of := fmt.Sprintf("{outlet=%q,route=\"load\"}", o.Name)
		if timed := now["araldo_outlet_delivery_duration_seconds"+of]; timed != float64(o.Account.Delivered) {
			t.Errorf("%s: %v are timed, %d delivered", o.Name, timed, o.Account.Delivered)
		}
		if now["araldo_outlet_queue_limit_messages"+of] != float64(o.Queue.Messages) {
			t.Errorf("%s: the queue's limit is not shown", o.Name)
		}
	}
	for _, e := range status.Endpoints {
		of := fmt.Sprintf("{endpoint=%q}", e.Name)
		if now["araldo_endpoint_received_messages_total"+of] != float64(e.Received) ||
			now["araldo_endpoint_received_bytes_total"+of] != float64(e.ReceivedBytes) {
			t.Errorf("%s: received %v, status says %d", e.Name, now["araldo_endpoint_received_messages_total"+of], e.Received)
		}
		if now[fmt.Sprintf("araldo_endpoint_state{endpoint=%q,state=%q}", e.Name, e.State)] != 1 {
			t.Errorf("%s: the state %s is not shown", e.Name, e.State)
		}
	}
	if now["araldo_config_last_reload_successful{}"] != 1 ||
		now["araldo_config_last_reload_success_timestamp_seconds{}"] < float64(status.Since.Unix()) {
		t.Error("the start does not count as a successful load of the configuration")
	}
	for _, p := range status.Plugins {
		of := fmt.Sprintf("{plugin=%q}", p.Name)
		if now["araldo_plugin_resident_memory_bytes"+of] < 1<<20 || now["araldo_plugin_open_fds"+of] < 4 ||
			again["araldo_plugin_cpu_seconds_total"+of] < now["araldo_plugin_cpu_seconds_total"+of] {
			t.Errorf("%s: its process is not shown", p.Name)
		}
		if age, found := now["araldo_plugin_heartbeat_age_seconds"+of]; !found || age > 15 {
			t.Errorf("%s: heartbeat age %v", p.Name, age)
		}
	}
}

func TestAnEndpointThatHangsDoesNotHangAScrape(t *testing.T) {
	r := start(t, scraped)
	const unanswered = `araldo_endpoint_unanswered_scrapes_total{endpoint="fine"}`
	if n := r.scrape()[unanswered]; n != 0 {
		t.Fatalf("%v scrapes are unanswered", n)
	}
	pid := r.plugin("mock/fine").PID
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer kill(t, pid)
	began := time.Now()
	now := r.scrape()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the scrape took %v", took)
	}
	if now[unanswered] != 1 || now[`araldo_endpoint_unanswered_scrapes_total{endpoint="load"}`] != 0 {
		t.Errorf("unanswered: %v of fine", now[unanswered])
	}
	if left := residue(now.outlet(t, "load", "fine")); left != 0 {
		t.Errorf("residue %d", left)
	}
}

func TestAPortForEndpointsIsRefusedForMetrics(t *testing.T) {
	port := freePort(t)
	problems := checked(t, fmt.Sprintf(`
global: {server-port: %d, metrics-port: %d}
plugins: {endpoints: [{name: browsers, id: endpoint-websocket}]}
routes: {browsers: [browsers]}
`, port, port))
	if !strings.Contains(problems, fmt.Sprintf("browsers and metrics-port both take listen:127.0.0.1:%d/", port)) {
		t.Errorf("got %v", problems)
	}
}
