package manifests

import (
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// configuration is what the manifests have to agree with. `araldo check` judges the rest, in .ci/deploy.
type configuration struct {
	Global struct {
		Bind            string `json:"bind"`
		ServerPort      int    `json:"server-port"`
		MetricsPort     int    `json:"metrics-port"`
		MetricsBind     string `json:"metrics-bind"`
		ShutdownTimeout string `json:"shutdown-timeout"`
	} `json:"global"`
	Plugins struct {
		Endpoints []struct {
			ID  string `json:"id"`
			URL string `json:"url"`
		} `json:"endpoints"`
	} `json:"plugins"`
}

func configurationOf(t *testing.T, text string) configuration {
	t.Helper()
	var c configuration
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if c.Global.ServerPort == 0 {
		c.Global.ServerPort = defaultPort
	}
	if c.Global.Bind != "0.0.0.0" {
		t.Errorf("it listens at %q: nobody reaches that from outside a container", c.Global.Bind)
	}
	return c
}

// checkGrace wants that whoever stops the hub waits for its drain.
func (c configuration) checkGrace(t *testing.T, grace time.Duration) {
	t.Helper()
	drain := defaultDrain
	if text := c.Global.ShutdownTimeout; text != "" {
		var err error
		if drain, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	if grace <= drain {
		t.Errorf("it is killed after %v, its drain takes up to %v", grace, drain)
	}
}

// checkHosts wants every server that the configuration names to be one of those.
func (c configuration) checkHosts(t *testing.T, known ...string) {
	t.Helper()
	for _, e := range c.Plugins.Endpoints {
		if e.URL == "" {
			continue
		}
		if at, err := url.Parse(e.URL); err != nil || !slices.Contains(known, at.Hostname()) {
			t.Errorf("there is no %s: %v", e.URL, err)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(folder + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
