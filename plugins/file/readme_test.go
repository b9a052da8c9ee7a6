package file

import (
	"encoding/json"
	"fmt"
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

func TestTheReadmesBlockIsAnExample(t *testing.T) {
	_, rest, _ := strings.Cut(readFile(t, "README.md"), "```yaml\n")
	block, _, _ := strings.Cut(rest, "```")
	if block == "" || !strings.Contains(readFile(t, "../../routes/examples/archive.yaml"), block) {
		t.Errorf("this block is not in the example:\n%s", block)
	}
}

func TestTheReadmeTellsOfEveryKeyAndFigure(t *testing.T) {
	text := readFile(t, "README.md")
	schema, err := sdk.Schema(config{})
	if err != nil {
		t.Fatal(err)
	}
	var keys struct {
		Properties map[string]struct{ Default any }
	}
	if err := json.Unmarshal(schema, &keys); err != nil {
		t.Fatal(err)
	}
	for key, property := range keys.Properties {
		row := fmt.Sprintf("| `%s` | ", key)
		if property.Default != nil {
			row += fmt.Sprintf("`%v` |", property.Default)
		}
		if !strings.Contains(text, row) {
			t.Errorf("no row %s", row)
		}
	}
	for name := range start(t, config{Path: t.TempDir()}, sdk.Instance{Inbound: true, Outbound: true}).figures() {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("figure %s is not described", name)
		}
	}
}
