package marshal

import (
	"encoding/json"
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
	if block == "" || !strings.Contains(readFile(t, "../../routes/examples/envelopes.yaml"), block) {
		t.Errorf("this block is not in the example:\n%s", block)
	}
}

func TestTheReadmeTellsOfEveryKeyAndType(t *testing.T) {
	text := readFile(t, "README.md")
	for _, config := range []any{jsonConfig{}, plainConfig{}} {
		schema, err := sdk.Schema(config)
		if err != nil {
			t.Fatal(err)
		}
		var keys struct{ Properties map[string]any }
		if err := json.Unmarshal(schema, &keys); err != nil {
			t.Fatal(err)
		}
		for key := range keys.Properties {
			if !strings.Contains(text, "\n| `"+key+"` |") {
				t.Errorf("the README does not tell of %s", key)
			}
		}
	}
	for _, h := range []*sdk.Header{jsonHeader, packHeader, cborHeader, textHeader, eventHeader} {
		if !strings.Contains(text, "`"+h.ContentType+"`") {
			t.Errorf("the README does not tell of the type %s", h.ContentType)
		}
	}
	for _, name := range hidden {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("the README does not tell that %s is hidden", name)
		}
	}
}
