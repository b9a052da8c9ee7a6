package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// instruction is one of a Dockerfile: its name and the rest of its line.
type instruction struct{ name, rest string }

// instructions reads a Dockerfile: what belongs together in one line each, without comments.
func instructions(t *testing.T) []instruction {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	var all []instruction
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		all = append(all, instruction{name, strings.TrimSpace(rest)})
	}
	return all
}

// image is what the Dockerfile's last stage makes.
type image struct {
	t *testing.T
	// root is its file tree. The owners of it are only right where the test runs as root.
	root, user          string
	environment         []string
	command, healthTest []string
}

// build does what the Dockerfile says, in a clone of the commit, with the folders of the first stage somewhere else.
func build(t *testing.T) *image {
	t.Helper()
	m := &image{t: t, root: t.TempDir()}
	stages := map[string]string{"/src": filepath.Join(t.TempDir(), "src"), "/image": t.TempDir(), "/owned": t.TempDir()}
	m.run(tree, nil, "git", "clone", "--quiet", "--shared", ".", stages["/src"])
	var places []string
	for name, place := range stages {
		places = append(places, name, place)
	}
	moved := strings.NewReplacer(places...)
	for _, i := range instructions(t) {
		switch fields := strings.Fields(i.rest); i.name {
		case "FROM", "ARG", "WORKDIR", "VOLUME":
		case "RUN":
			m.run(stages["/src"], []string{"TARGETARCH=" + runtime.GOARCH}, "sh", "-ec", moved.Replace(i.rest))
		case "COPY":
			m.copy(fields, moved)
		case "USER":
			m.user = i.rest
		case "ENV":
			m.environment = append(m.environment, i.rest)
		case "HEALTHCHECK":
			m.healthTest = list(t, i.rest[strings.Index(i.rest, "CMD ")+4:])
		case "ENTRYPOINT", "CMD":
			m.command = append(m.command, list(t, i.rest)...)
		default:
			t.Errorf("the test does not know %s", i.name)
		}
	}
	return m
}

func (m *image) copy(fields []string, moved *strings.Replacer) {
	m.t.Helper()
	if slices.Equal(fields, []string{".", "."}) {
		return // the clone is there
	}
	owner, found := strings.CutPrefix(fields[1], "--chown=")
	if len(fields) != 4 || fields[0] != "--from=build" || !found || fields[3] != "/" {
		m.t.Fatalf("the test does not know COPY %s", fields)
	}
	from := moved.Replace(fields[2])
	if os.Getuid() == 0 {
		m.run(from, nil, "sh", "-ec", "chown -R "+owner+" *")
	}
	m.run(from, nil, "sh", "-ec", `cp -a * "$1"`, "sh", m.root)
}

func (m *image) run(dir string, environment []string, name string, args ...string) {
	m.t.Helper()
	command := exec.Command(name, args...)
	command.Dir, command.Env = dir, append(os.Environ(), environment...)
	if said, err := command.CombinedOutput(); err != nil {
		m.t.Fatalf("%s %s: %v\n%s", name, args, err, said)
	}
}

// list reads the form of a command that needs no shell: there is none in the image.
func list(t *testing.T, text string) []string {
	t.Helper()
	var words []string
	if err := json.Unmarshal([]byte(text), &words); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return words
}
