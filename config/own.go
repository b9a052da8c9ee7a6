package config

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// JSON checks the instance's own keys against its id's schema and returns them as one JSON object, scalars as the
// schema wants them. Values that the schema marks as secret become known to the configuration's Secrets. The object is
// nil where a problem is an error.
func (in *Instance) JSON(schema []byte) ([]byte, core.Problems) {
	var ps core.Problems
	compiled, err := in.schemas.compile(schema)
	if err != nil {
		ps.Errorf(in.Position, err.Error(), "%s %s: the schema of %s can't be used", in.Kind, in.Name, in.ID)
		return nil, ps
	}
	tree := in.tree(&ps, shapeOf(compiled), false)
	if err := compiled.Validate(tree); err != nil {
		in.explain(&ps, shapeOf(compiled), err)
	}
	ps = in.broken.without(ps)
	if ps.Failed() {
		return nil, ps
	}
	text, err := json.Marshal(tree)
	if err != nil {
		ps.Errorf(in.Position, err.Error(), "%s %s can't be written as JSON", in.Kind, in.Name)
	}
	return text, ps
}

// Redacted is the instance's own keys as JSON for people: secrets are left out, and a `${...}` stands as in the file.
// It is nil where the schema can't be used.
func (in *Instance) Redacted(schema []byte) []byte {
	compiled, err := in.schemas.compile(schema)
	if err != nil {
		return nil
	}
	var ignored core.Problems
	text, err := json.Marshal(in.tree(&ignored, shapeOf(compiled), true))
	if err != nil {
		return nil
	}
	return text
}

func (in *Instance) tree(ps *core.Problems, s shape, redact bool) map[string]any {
	c := converter{problems: ps, redact: redact, secret: in.conceal}
	return c.object(in.own, s, false)
}

// conceal makes a secret field's value known as one. Where a `${...}` in it could not be put in, that is none of it: people
// must see which.
func (in *Instance) conceal(v document.Value) {
	parts := secretParts(v.Text())
	if in.broken[v.Position()] {
		parts = besideReferences(parts)
	}
	in.secrets.Add(parts...)
}

// explain adds what the schema refuses.
func (in *Instance) explain(ps *core.Problems, s shape, err error) {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		ps.Errorf(in.Position, err.Error(), "%s %s can't be checked", in.Kind, in.Name)
		return
	}
	for _, leaf := range leaves(invalid) {
		in.refuse(ps, s, leaf)
	}
}

// Problem gives a plugin's finding its place in the file. Secrets in its words are masked.
func (in *Instance) Problem(d core.Diagnostic) core.Problem {
	location, at := pointer(d.Path), in.Position
	if e, _, found := in.find(location); found {
		at = e.Position()
	}
	severity := d.Severity
	if severity != core.SeverityWarning {
		severity = core.SeverityError // a plugin's severity that we do not know must not let it pass
	}
	return core.Problem{Severity: severity, Position: at,
		Summary: in.secrets.Mask(in.label(location) + d.Summary), Detail: in.secrets.Mask(d.Detail)}
}

// pointer splits a JSON pointer (RFC 6901).
func pointer(path string) []string {
	if path = strings.TrimPrefix(path, "/"); path == "" {
		return nil
	}
	tokens := strings.Split(path, "/")
	for i, t := range tokens {
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens
}

// find returns the value at a location below the instance's own keys, and that of the key that leads to it.
func (in *Instance) find(location []string) (v document.Value, key core.Position, found bool) {
	if len(location) == 0 {
		return in.value, in.Position, true
	}
	for _, e := range in.own {
		if e.Key == location[0] {
			v, key, found = e.Value, e.Position(), true
		}
	}
	for _, token := range location[min(1, len(location)):] {
		if !found {
			break
		}
		key = v.Position()
		v, found = v.Child(token)
	}
	return v, key, found
}

// label begins each message about the instance.
func (in *Instance) label(location []string) string {
	text := in.Kind.String() + " " + in.Name + ": "
	if len(location) > 0 {
		text += strings.Join(location, ".") + ": "
	}
	return text
}
