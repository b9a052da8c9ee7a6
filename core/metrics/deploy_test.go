package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// outside are the metrics of client_golang that the files use.
var outside = map[string]Family{
	"process_cpu_seconds_total": {}, "process_resident_memory_bytes": {},
}

var (
	metricInQuery   = regexp.MustCompile(`\b(araldo|process|go)_[a-z0-9_]+`)
	selectorInQuery = regexp.MustCompile(`\b((?:araldo|process|go)_[a-z0-9_]+)\{([^}]*)\}`)
	labelInSelector = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
	legendLabel     = regexp.MustCompile(`\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}`)
)

// checkQuery looks for metrics and labels that do not exist.
func checkQuery(t *testing.T, query, legend string) {
	t.Helper()
	known := map[string]Family{}
	for _, f := range Families() {
		known[f.Name] = f
	}
	find := func(name string) (Family, bool) {
		if f, found := known[strings.TrimSuffix(name, "_bucket")]; found && f.Type == histogram {
			return f, true
		}
		if f, found := known[name]; found && f.Type != histogram {
			return f, true
		}
		f, found := outside[name]
		return f, found
	}
	var labels []string
	names := metricInQuery.FindAllString(query, -1)
	if len(names) == 0 {
		t.Errorf("%s names no metric", query)
	}
	for _, name := range names {
		f, found := find(name)
		if !found {
			t.Errorf("%s: there is no metric %s", query, name)
		}
		labels = append(labels, f.Labels...)
	}
	for _, selector := range selectorInQuery.FindAllStringSubmatch(query, -1) {
		f, _ := find(selector[1])
		for _, label := range labelInSelector.FindAllStringSubmatch(selector[2], -1) {
			if label[1] != "instance" && !slices.Contains(f.Labels, label[1]) {
				t.Errorf("%s: %s has no label %s", query, selector[1], label[1])
			}
		}
	}
	for _, label := range legendLabel.FindAllStringSubmatch(legend, -1) {
		if !slices.Contains(labels, label[1]) {
			t.Errorf("%s: its text names the label %s, it has %v", query, label[1], labels)
		}
	}
}

func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../deploy/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Templating struct{ List []struct{ Query string } }
		Panels     []struct {
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	queries := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			queries++
			checkQuery(t, target.Expr, target.LegendFormat)
		}
	}
	for _, variable := range dashboard.Templating.List[1:] {
		checkQuery(t, variable.Query, "")
	}
	if queries < 12 {
		t.Errorf("the dashboard has %d queries", queries)
	}
}

func TestTheAlertsAskForWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../deploy/prometheus-alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			for _, annotation := range rule.Annotations {
				checkQuery(t, rule.Expr, strings.ReplaceAll(annotation, "$value", ""))
			}
			if rule.Alert == "" || len(rule.Annotations) == 0 {
				t.Errorf("%s has no name or no text", rule.Expr)
			}
		}
	}
}
