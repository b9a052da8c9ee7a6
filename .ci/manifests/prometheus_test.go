package manifests

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// What promtool does; that each metric and label is there, core/metrics looks at.
func TestPrometheusReadsTheAlerts(t *testing.T) {
	rules, errs := rulefmt.ParseFile(folder+"prometheus-alerts.yaml", false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.Default())
	for _, err := range errs {
		t.Error(err)
	}
	if rules == nil || len(rules.Groups) == 0 || len(rules.Groups[0].Rules) < 8 {
		t.Error("there are hardly any rules")
	}
}

func TestPrometheusReadsTheDashboard(t *testing.T) {
	var dashboard struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(read(t, "grafana-dashboard.json"), &dashboard); err != nil {
		t.Fatal(err)
	}
	// What Grafana puts in before it asks.
	variables := strings.NewReplacer("$__rate_interval", "1m", "$instance", "a", "$route", "b")
	queries := 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries++
			if _, err := parser.NewParser(parser.Options{}).ParseExpr(variables.Replace(target.Expr)); err != nil {
				t.Errorf("%s: %v", target.Expr, err)
			}
		}
	}
	if queries < 12 {
		t.Errorf("%d queries", queries)
	}
}
