// Package templates makes new plugins: folders that build and keep the rules of the wire.
package templates

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"

	pythonecho "github.com/araldo-relay/araldo/plugins/examples/python-echo"
	"github.com/araldo-relay/araldo/proto"
)

//go:embed *.tmpl go
var files embed.FS

var texts = template.Must(template.ParseFS(files, "*.tmpl", "go/*.tmpl"))

// Kinds are what plugins can be, Languages what they can be written in.
var (
	Kinds     = []string{"source", "sink", "duplex", "marshalling", "handler"}
	Languages = []string{"go", "python"}
)

// New is a plugin to be made.
type New struct {
	// Name as in araldo-plugin-NAME, Kind one of Kinds, Lang one of Languages.
	Name, Kind, Lang string
	// SDK is the absolute path of a checkout of araldo that a plugin in Go is to be built with; empty: `go mod tidy` finds
	// the newest release.
	SDK string
}

// LanguageError says that plugins of a kind can't be made in a language.
type LanguageError struct{ Kind, Lang string }

func (e *LanguageError) Error() string {
	return fmt.Sprintf("there is no %s in %s to begin with", e.Kind, e.Lang)
}

// Version is the first one of a plugin.
func (n New) Version() string { return "1.0.0" }

// ID is what the plugin offers.
func (n New) ID() string {
	if n.Kind == "marshalling" {
		return "marshal-" + n.Name
	}
	return "endpoint-" + n.Name
}

// Platform is the manifest's key for the program.
func (n New) Platform() string {
	if n.Lang == "python" {
		return "any"
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// Config is a configuration that works, as JSON.
func (n New) Config() string {
	switch n.Kind {
	case "source":
		return `{"every": "1ms"}`
	case "sink":
		return `{"path": "/dev/null"}`
	}
	return "{}"
}

// Write makes the folder, which must not be there yet. One that can't be finished is removed again.
func (n New) Write(folder string) error {
	if n.Lang == "python" && n.Kind != "duplex" {
		return &LanguageError{n.Kind, n.Lang}
	}
	contents, err := n.contents()
	if err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	for name, text := range contents {
		mode := os.FileMode(0o644)
		if name == n.program() {
			mode = 0o755
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, mode); err != nil {
			_ = os.RemoveAll(folder)
			return err
		}
	}
	return nil
}

func (n New) program() string { return "araldo-plugin-" + n.Name }

// contents are all files.
func (n New) contents() (map[string][]byte, error) {
	made := map[string]string{
		"README.md": "README.md.tmpl", "araldo-plugin.yaml": "manifest.yaml.tmpl", "araldo-test.yaml": "test.yaml.tmpl",
	}
	all := map[string][]byte{}
	if n.Lang == "python" {
		all[n.program()] = []byte(strings.ReplaceAll(pythonecho.Program, pythonecho.Name, n.Name))
		all["araldo_plugin.py"] = []byte(pythonecho.Wire)
		all["plugin.proto"] = proto.Contract
	} else {
		made["main.go"], made["plugin_test.go"] = n.Kind+".go.tmpl", "plugin_test.go.tmpl"
		if err := n.module(all); err != nil {
			return nil, err
		}
	}
	for name, from := range made {
		var text bytes.Buffer
		if err := texts.ExecuteTemplate(&text, from, n); err != nil {
			return nil, err
		}
		all[name] = text.Bytes()
	}
	return all, nil
}
