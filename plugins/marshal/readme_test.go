package marshal

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

func TestTheReadmeTellsOfEveryType(t *testing.T) {
	text := readFile(t, "README.md")
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
