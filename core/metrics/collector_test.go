package metrics

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/araldo-relay/araldo/core"
)

func TestNamesAndHelpFollowTheConventionsOfPrometheus(t *testing.T) {
	hub := whole()
	hub.measurement.Plugins[0].PID = os.Getpid()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newCollector(hub))
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, f := range families {
		shown[f.GetName()] = true
	}
	for _, f := range Families() {
		linuxOnly := strings.HasPrefix(f.Name, "araldo_plugin_") && strings.Contains(f.Help, "Linux only")
		if !shown[f.Name] && (runtime.GOOS == "linux" || !linuxOnly) {
			t.Errorf("%s has no value", f.Name)
		}
	}
}

func TestAnOutletIsShown(t *testing.T) {
	want := `
# HELP araldo_outlet_delivery_duration_seconds From a message's receipt at the hub to the target's confirmation.
# TYPE araldo_outlet_delivery_duration_seconds histogram
`
	sum := 0
	for i := range core.LatencyBuckets - 1 {
		if core.LatencyBound(i).Seconds() >= 0.003 {
			sum = 2
		}
		want += fmt.Sprintf("araldo_outlet_delivery_duration_seconds_bucket{outlet=\"archive\",route=\"orders\",le=\"%v\"} %d\n",
			core.LatencyBound(i).Seconds(), sum)
	}
	want += `araldo_outlet_delivery_duration_seconds_bucket{outlet="archive",route="orders",le="+Inf"} 3
araldo_outlet_delivery_duration_seconds_sum{outlet="archive",route="orders"} 3600.006
araldo_outlet_delivery_duration_seconds_count{outlet="archive",route="orders"} 3
# HELP araldo_outlet_paused 1 while messages wait and nothing is sent; araldo status says why.
# TYPE araldo_outlet_paused gauge
araldo_outlet_paused{outlet="archive",route="orders"} 1
# HELP araldo_outlet_queued_messages Messages that wait to be sent, also to be sent again.
# TYPE araldo_outlet_queued_messages gauge
araldo_outlet_queued_messages{outlet="archive",route="orders"} 2
`
	if err := testutil.CollectAndCompare(newCollector(whole()), strings.NewReader(want),
		"araldo_outlet_delivery_duration_seconds", "araldo_outlet_paused", "araldo_outlet_queued_messages"); err != nil {
		t.Error(err)
	}
}

func TestStatesAreSets(t *testing.T) {
	_, text := get(handlerOf(t, whole()), "/metrics")
	for state := core.StateDeclared; state <= core.StateDisabled; state++ {
		is := 0
		if state == core.StateReady {
			is = 1
		}
		if line := fmt.Sprintf("araldo_endpoint_state{endpoint=\"orders\",state=%q} %d\n", state, is); !strings.Contains(text, line) {
			t.Errorf("missing: %s", line)
		}
	}
}

func TestAPluginCannotSpoilAScrapeByItsFigures(t *testing.T) {
	hub := whole()
	var figures []core.Figure
	for i := range 3 * mostFigures {
		figures = append(figures, core.Figure{Name: fmt.Sprint("n", i)}, core.Figure{Name: fmt.Sprint("n", i), Value: 5})
	}
	hub.measurement.Endpoints[0].Figures = append([]core.Figure{{Name: "bad\xff\n\"", Value: 1}}, figures...)
	code, text := get(handlerOf(t, hub), "/metrics")
	if code != 200 || !strings.Contains(text, `araldo_outlet_in_messages_total{outlet="archive",route="orders"} 5`) {
		t.Errorf("answered %d: %.300s", code, text)
	}
	if !strings.Contains(text, "araldo_endpoint_figure{endpoint=\"orders\",figure=\"bad\uFFFD\\n\\\"\"} 1\n") {
		t.Error("the bad name is not shown in a harmless form")
	}
	if n := strings.Count(text, "araldo_endpoint_figure{"); n != mostFigures {
		t.Errorf("%d figures are shown, at most %d may be", n, mostFigures)
	}
}

func TestOpenMetricsIsSpoken(t *testing.T) {
	code, text := get(handlerOf(t, whole()), "/metrics", "Accept", "application/openmetrics-text; version=1.0.0")
	if code != 200 || !strings.HasSuffix(text, "# EOF\n") || !strings.Contains(text, "# TYPE araldo_outlet_in_messages counter\n") {
		t.Errorf("answered %d: %.300s", code, text)
	}
}
