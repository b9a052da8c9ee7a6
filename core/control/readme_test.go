package control

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheReadmeNamesEveryCommandAndCode(t *testing.T) {
	text, err := os.ReadFile("../../cmd/araldo/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "## The control socket")
	if !found {
		t.Fatal("the README has no section about the control socket")
	}
	for path := range (&Server{}).commands() {
		if !regexp.MustCompile(path + `\b`).MatchString(section) {
			t.Errorf("the README does not name %s", path)
		}
	}
	for _, code := range codes(t) {
		if !strings.Contains(section, "`"+code+"`") {
			t.Errorf("the README does not name the code %s", code)
		}
	}
}

// codes are those that the package's source declares.
func codes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range regexp.MustCompile(`\bCode\w+ +Code += "([a-z-]+)"`).FindAllSubmatch(text, -1) {
			list = append(list, string(declared[1]))
		}
	}
	if len(list) < 5 {
		t.Fatalf("only %v were found", list)
	}
	return list
}
