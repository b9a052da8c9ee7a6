// Command licenses writes the licences of all modules that the program links, from the module cache, to standard output.
// Modules with the same text share it. `make licenses` keeps cmd/araldo/licenses.txt by it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// program is what is linked.
const program = "./cmd/araldo"

// legal are the names of files that go with every copy.
var legal = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([-.].*)?$`)

type module struct {
	Path, Version, Dir string
	Main               bool
}

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(w io.Writer) error {
	modules, err := linked()
	if err != nil {
		return err
	}
	var order []string
	holders := map[string][]string{}
	for _, m := range modules {
		text, err := texts(m.Dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		if holders[text] == nil {
			order = append(order, text)
		}
		holders[text] = append(holders[text], strings.TrimSpace(m.Path+" "+m.Version))
	}
	fmt.Fprintln(w, "araldo contains the following modules. The source of each is at its path and version, as in `go mod download`.")
	for _, text := range order {
		fmt.Fprintf(w, "\n%s\n", strings.Repeat("=", 80))
		for _, holder := range holders[text] {
			fmt.Fprintf(w, "module %s\n", holder)
		}
		fmt.Fprintf(w, "%s\n\n%s\n", strings.Repeat("=", 80), text)
	}
	return nil
}

// linked are the modules of the packages that the program is made of: its own, Go's standard library, then the others.
func linked() ([]module, error) {
	command := exec.Command("go", "list", "-deps", "-json=Module", program)
	command.Stderr = os.Stderr
	command.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	list := []module{{}, {Path: "std", Dir: strings.TrimSpace(string(root))}}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ Module *module }
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		switch m := p.Module; {
		case m == nil: // a package of the standard library
		case m.Main:
			list[0] = module{Path: m.Path, Dir: m.Dir} // a work tree's own version changes with every commit
		default:
			list = append(list, *m)
		}
	}
	slices.SortFunc(list[2:], func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return slices.Compact(list), nil
}

// texts are the legal files of a module.
func texts(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() || !legal.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		all = append(all, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	if len(all) == 0 {
		return "", errors.New("no licence found in " + dir)
	}
	return strings.Join(all, "\n\n"), nil
}
