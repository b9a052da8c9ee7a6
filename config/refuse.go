package config

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// leaves are the findings at the bottom of the validator's tree. Of several alternatives that all fail, the one that
// got furthest is told.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return leaves(slices.MaxFunc(e.Causes, func(a, b *jsonschema.ValidationError) int { return depth(a) - depth(b) }))
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

func depth(e *jsonschema.ValidationError) int {
	deepest := len(e.InstanceLocation)
	for _, cause := range e.Causes {
		deepest = max(deepest, depth(cause))
	}
	return deepest
}

// refuse adds one finding of the validator in the configuration's own words.
func (in *Instance) refuse(ps *core.Problems, s shape, e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		in.refuseKeys(ps, s, e.InstanceLocation, k.Properties)
	case *kind.Required:
		for _, key := range k.Missing {
			ps.Errorf(in.place(e.InstanceLocation), s.at(append(slices.Clone(e.InstanceLocation), key)).description(),
				"%skey %q is missing", in.label(e.InstanceLocation), key)
		}
	default:
		v, key, _ := in.find(e.InstanceLocation)
		shown := v.Show()
		if in.hidden(s, e.InstanceLocation) && !v.Rewritten() && v.IsScalar() && !v.IsNull() {
			shown = "the value"
		}
		if v.IsNull() {
			ps.Errorf(key, wanted(ps, s.at(e.InstanceLocation), v, e.ErrorKind), "%sno value is given",
				in.label(e.InstanceLocation))
			return
		}
		ps.Errorf(v.Position(), wanted(ps, s.at(e.InstanceLocation), v, e.ErrorKind), "%s%s is not allowed",
			in.label(e.InstanceLocation), shown)
	}
}

// hidden reports whether a location lies in a secret.
func (in *Instance) hidden(s shape, location []string) bool {
	for i := range len(location) + 1 {
		if s.at(location[:i]).secret() {
			return true
		}
	}
	return false
}

// place is where a location's value stands.
func (in *Instance) place(location []string) core.Position {
	v, _, _ := in.find(location)
	return v.Position()
}

func (in *Instance) refuseKeys(ps *core.Problems, s shape, location, unknown []string) {
	allowed := s.at(location).keys()
	if len(location) == 0 {
		allowed = append(allowed, hubKeys[in.Kind]...)
		slices.Sort(allowed)
	}
	v, _, _ := in.find(location)
	var ignored core.Problems
	for _, e := range v.Entries(&ignored, "") {
		if slices.Contains(unknown, e.Key) {
			ps.Errorf(e.Position(), document.Suggest(ps, e.Key, "allowed", allowed), "%sunknown key %q", in.label(location), e.Key)
		}
	}
}

// typeWords are JSON's types as people call them.
var typeWords = map[string]string{"null": "nothing", "boolean": "true or false", "number": "a number",
	"integer": "a whole number", "string": "a text", "array": "a list", "object": "a mapping"}

// wanted says what would be right.
func wanted(ps *core.Problems, s shape, v document.Value, found jsonschema.ErrorKind) string {
	switch k := found.(type) {
	case *kind.Type:
		words := make([]string, len(k.Want))
		for i, t := range k.Want {
			words[i] = typeWords[t]
		}
		return strings.Join(words, " or ") + " is wanted"
	case *kind.Enum:
		allowed := make([]string, len(k.Want))
		for i, w := range k.Want {
			allowed[i] = fmt.Sprint(w)
		}
		return document.Suggest(ps, v.Original(), "allowed", allowed)
	case *kind.Const:
		return fmt.Sprintf("allowed: %v", k.Want)
	case *kind.Pattern, *kind.Format:
		return wellFormed(s, found)
	}
	return bounds(found)
}

// forms are texts with a form of their own, recognised by what a schema's pattern takes and what not.
var forms = []struct{ sample, words string }{
	{"1m30s", "a time such as 20s or 1m30s is wanted"},
	{"64KiB", "a size such as 512 or 64KiB is wanted"},
}

// wellFormed explains a text's form: by what its pattern takes, by the schema's example or description, or else by the
// pattern itself.
func wellFormed(s shape, found jsonschema.ErrorKind) string {
	for _, f := range forms {
		if s.matches(f.sample) && !s.matches("x") {
			return f.words
		}
	}
	if example := s.example(); example != "" {
		return "write it as in " + example
	}
	if description := s.description(); description != "" {
		return description
	}
	return plainly(found)
}

func bounds(found jsonschema.ErrorKind) string {
	switch k := found.(type) {
	case *kind.Minimum:
		return "at least " + decimal(k.Want)
	case *kind.Maximum:
		return "at most " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "more than " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "less than " + decimal(k.Want)
	case *kind.MinLength:
		return fmt.Sprintf("at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("at least %d in the list", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("at most %d in the list", k.Want)
	case *kind.UniqueItems:
		return fmt.Sprintf("entries %d and %d of the list are equal", k.Duplicates[0]+1, k.Duplicates[1]+1)
	}
	return plainly(found)
}

// plainly is the validator's own sentence, for what has none of ours.
func plainly(found jsonschema.ErrorKind) string {
	switch k := found.(type) {
	case *kind.Pattern:
		return "it must match " + k.Want
	case *kind.Format:
		return "it must be a " + k.Want
	}
	return found.LocalizedString(message.NewPrinter(language.English))
}

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return fmt.Sprint(f)
}
