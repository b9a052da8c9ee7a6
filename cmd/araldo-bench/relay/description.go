package relay

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
)

// Description says how a relay is started and where its ends are. In all texts `{port}`, `{redis-port}`, `{dir}` and
// `{work}` are put in, and `{NAME}` for a program given as NAME.
type Description struct {
	Name string `yaml:"name"`
	// About is one line for the report: version, settings that matter.
	About string `yaml:"about"`
	// Command starts the relay in a new directory. Its first word is looked up like a shell does.
	Command []string `yaml:"command"`
	// Ready is what the relay prints when it is open; where it is empty, its time to start can't be measured.
	Ready string `yaml:"ready"`
	// Files are written into the directory before each start, by name.
	Files map[string]string `yaml:"files"`
	// Workloads are those that the relay can do, by name.
	Workloads map[string]Setup `yaml:"workloads"`
}

// Setup is what a workload needs beyond the description: Command and Files, where given, take the place of the
// description's; Ends change single places.
type Setup struct {
	Command []string              `yaml:"command"`
	Files   map[string]string     `yaml:"files"`
	Ends    map[string]load.Place `yaml:"ends"`
}

// Load reads a description file. Errors name the file, and the line where YAML knows it.
func Load(path string) (*Description, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := &Description{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func (d *Description) check() error {
	if d.Name == "" || len(d.Workloads) == 0 {
		return errors.New("`name` and `workloads` must be given")
	}
	for name, setup := range d.Workloads {
		if len(d.Command) == 0 && len(setup.Command) == 0 {
			return fmt.Errorf("workload %s has no `command`, and there is none for all", name)
		}
	}
	return nil
}

// command is how a workload's relay is started.
func (d *Description) command(work string) []string {
	if own := d.Workloads[work].Command; len(own) > 0 {
		return own
	}
	return d.Command
}

// files are a workload's files.
func (d *Description) files(work string) map[string]string {
	all := map[string]string{}
	for name, text := range d.Files {
		all[name] = text
	}
	for name, text := range d.Workloads[work].Files {
		all[name] = text
	}
	return all
}

// fill puts values in for `{NAME}`.
func fill(text string, values map[string]string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
