package file

import (
	"os"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReadmeTellsOfEveryFigure(t *testing.T) {
	text := readFile(t, "README.md")
	for name := range start(t, config{Path: t.TempDir()}, sdk.Instance{Inbound: true, Outbound: true}).figures() {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("figure %s is not described", name)
		}
	}
}
