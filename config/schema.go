package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaURL names a plugin's schema while it is compiled; nothing is ever fetched.
const schemaURL = "araldo:instance"

// noLoader refuses schemas that point outside themselves.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema points to %s, outside itself", url)
}

// schemas are the compiled ones, by their text: compiling takes milliseconds and instances of one id share theirs.
type schemas struct {
	mu    sync.Mutex
	known map[string]*jsonschema.Schema
}

func (s *schemas) compile(text []byte) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if compiled, found := s.known[string(text)]; found {
		return compiled, nil
	}
	compiled, err := compile(text)
	if err != nil {
		return nil, err
	}
	if s.known == nil {
		s.known = map[string]*jsonschema.Schema{}
	}
	s.known[string(text)] = compiled
	return compiled, nil
}

// compile reads a plugin's schema (JSON Schema, draft 2020-12). It is input like any other: an error says what is
// wrong with it.
func compile(schema []byte) (*jsonschema.Schema, error) {
	if len(bytes.TrimSpace(schema)) == 0 {
		return nil, errors.New("there is none")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	return compiler.Compile(schemaURL)
}

// shape is all schemas that apply or may apply to one value, references and alternatives followed.
type shape []*jsonschema.Schema

func shapeOf(schemas ...*jsonschema.Schema) shape {
	var s shape
	for _, schema := range schemas {
		s.add(schema)
	}
	return s
}

// add takes a schema in once, so that schemas which refer to each other come to an end.
func (s *shape) add(schema *jsonschema.Schema) {
	if schema == nil || slices.Contains(*s, schema) {
		return
	}
	*s = append(*s, schema)
	for _, more := range [][]*jsonschema.Schema{schema.AllOf, schema.AnyOf, schema.OneOf,
		{schema.Ref, schema.Then, schema.Else}} {
		for _, m := range more {
			s.add(m)
		}
	}
}

// property is the shape of the value of an object's key.
func (s shape) property(name string) shape {
	var found shape
	for _, schema := range s {
		p, named := schema.Properties[name]
		found.add(p)
		for pattern, p := range schema.PatternProperties {
			if pattern.MatchString(name) {
				found.add(p)
				named = true
			}
		}
		if more, is := schema.AdditionalProperties.(*jsonschema.Schema); is && !named {
			found.add(more)
		}
	}
	return found
}

// item is the shape of an array's element.
func (s shape) item(index int) shape {
	var found shape
	for _, schema := range s {
		if index < len(schema.PrefixItems) {
			found.add(schema.PrefixItems[index])
		} else {
			found.add(schema.Items2020)
		}
	}
	return found
}

// at is the shape of the value at a location below; indices and keys are told apart by what the shape has.
func (s shape) at(location []string) shape {
	for _, token := range location {
		next := s.property(token)
		if index, err := strconv.Atoi(token); err == nil {
			next = append(next, s.item(index)...)
		}
		s = next
	}
	return s
}

// keys are the names that an object may have.
func (s shape) keys() []string {
	var names []string
	for _, schema := range s {
		for name := range schema.Properties {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// types are the JSON types that the value may have; none where every type may be.
func (s shape) types() []string {
	var names []string
	for _, schema := range s {
		if schema.Types != nil {
			names = append(names, schema.Types.ToStrings()...)
		}
	}
	return names
}

// secret reports whether the value must not be printed (`writeOnly: true`).
func (s shape) secret() bool {
	return slices.ContainsFunc(s, func(schema *jsonschema.Schema) bool { return schema.WriteOnly })
}

// description is the first that a schema gives.
func (s shape) description() string {
	for _, schema := range s {
		if schema.Description != "" {
			return schema.Description
		}
	}
	return ""
}

// example is the first that a schema gives.
func (s shape) example() string {
	for _, schema := range s {
		if len(schema.Examples) > 0 {
			return fmt.Sprint(schema.Examples[0])
		}
	}
	return ""
}

// matches reports whether the schemas have patterns and text matches all of them.
func (s shape) matches(text string) bool {
	patterns := 0
	for _, schema := range s {
		if schema.Pattern == nil {
			continue
		}
		if !schema.Pattern.MatchString(text) {
			return false
		}
		patterns++
	}
	return patterns > 0
}
