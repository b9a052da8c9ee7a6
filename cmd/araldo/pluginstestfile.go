package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// testedID is what the file of `plugins test --config` says of one id.
type testedID struct {
	Config       map[string]any `yaml:"config"`
	Stalls       map[string]any `yaml:"stalls"`
	BadConfigs   []badConfig    `yaml:"bad-configs"`
	Echoes       bool           `yaml:"echoes"`
	Answers      bool           `yaml:"answers"`
	BringsItself bool           `yaml:"brings-itself"`
	NoEmpty      bool           `yaml:"no-empty"`
	MaxPayload   int            `yaml:"max-payload"`
	Values       []string       `yaml:"values"`
	BadValues    []badValue     `yaml:"bad-values"`
}

type badConfig struct {
	Config map[string]any `yaml:"config"`
	At     string         `yaml:"at"`
}

type badValue struct {
	Value string `yaml:"value"`
	At    string `yaml:"at"`
}

// readTestFile reads the file of `plugins test --config`; an empty path is an empty file.
func readTestFile(path string) (sdktest.External, error) {
	e := sdktest.External{Promises: map[string]sdktest.Promises{}, Configs: map[string]sdktest.Configs{}}
	if path == "" {
		return e, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return e, err
	}
	base, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return e, err
	}
	ids := map[string]testedID{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&ids); err != nil && !errors.Is(err, io.EOF) {
		return e, &usageError{path + ": " + yamlWords(err), "plugins/README.md tells what such a file holds"}
	}
	for id, tested := range ids {
		promises, configs, err := tested.promises()
		if err != nil {
			return e, &usageError{fmt.Sprintf("%s: %s: %v", path, id, err), "configurations must be what JSON can write"}
		}
		configs.BaseDir = base
		e.Promises[id], e.Configs[id] = promises, configs
	}
	return e, nil
}

// yamlWords leaves out which of our types a value does not fit.
func yamlWords(err error) string {
	var mistyped *yaml.TypeError
	if !errors.As(err, &mistyped) {
		return err.Error()
	}
	words := make([]string, len(mistyped.Errors))
	for i, text := range mistyped.Errors {
		words[i], _, _ = strings.Cut(text, " in type ")
	}
	return strings.Join(words, "; ")
}

func (t testedID) promises() (sdktest.Promises, sdktest.Configs, error) {
	promises := sdktest.Promises{
		Echoes: t.Echoes, Answers: t.Answers, BringsItself: t.BringsItself, NoEmpty: t.NoEmpty, MaxPayload: t.MaxPayload, Values: t.Values,
		BadConfigs: map[string]string{}, BadValues: map[string]string{},
	}
	for _, bad := range t.BadValues {
		promises.BadValues[bad.Value] = bad.At
	}
	for _, bad := range t.BadConfigs {
		text, err := jsonObject(bad.Config)
		if err != nil {
			return promises, sdktest.Configs{}, err
		}
		promises.BadConfigs[text] = bad.At
	}
	works, err := jsonObject(t.Config)
	if err != nil || t.Stalls == nil {
		return promises, sdktest.Configs{Works: works}, err
	}
	stalls, err := jsonObject(t.Stalls)
	return promises, sdktest.Configs{Works: works, Stalls: stalls}, err
}

// jsonObject writes an instance's own keys as JSON.
func jsonObject(keys map[string]any) (string, error) {
	if keys == nil {
		return "{}", nil
	}
	text, err := json.Marshal(keys)
	return string(text), err
}
