package hub_test

import (
	"path/filepath"
	"testing"

	"github.com/araldo-relay/araldo/core/hub"
)

// Every example passes all that `araldo check` does, its plugins' own checks included.
func TestExamplesPassTheirPlugins(t *testing.T) {
	t.Setenv("FEED_TOKEN", "t")
	t.Setenv("REDIS_PASSWORD", "p")
	files, err := filepath.Glob("../../routes/examples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			h, err := hub.New(load(t, path), hub.Options{Log: testLog(t)})
			if err != nil {
				t.Fatal(err)
			}
			problems, err := h.Check(t.Context())
			if err != nil || len(problems) > 0 {
				t.Error(err, problems)
			}
		})
	}
}
