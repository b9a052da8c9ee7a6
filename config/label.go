package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// label begins each problem with whose value it is about: an instance's and its key, or a section's.
func (c *Config) label(ps core.Problems, doc *document.Document) {
	if len(ps) == 0 {
		return
	}
	labels := map[core.Position]string{}
	for _, in := range slices.Concat(c.Marshallings, c.Endpoints) {
		eachScalar(in.value, nil, func(v document.Value, location []string) { labels[v.Position()] = in.label(location) })
	}
	eachScalar(doc.Root(), nil, func(v document.Value, location []string) {
		if labels[v.Position()] == "" && len(location) > 1 {
			labels[v.Position()] = location[0] + ": " + strings.Join(location[1:], ".") + ": "
		}
	})
	for i := range ps {
		ps[i].Summary = labels[ps[i].Position] + ps[i].Summary
	}
}

// eachScalar calls f for each scalar in a value with the keys and indexes that lead to it.
func eachScalar(v document.Value, location []string, f func(v document.Value, location []string)) {
	var ignored core.Problems // they are told by who reads the value
	switch {
	case v.IsMapping():
		for _, e := range v.Entries(&ignored, "") {
			eachScalar(e.Value, append(slices.Clone(location), e.Key), f)
		}
	case v.IsList():
		for i, item := range v.Items(&ignored, "") {
			eachScalar(item, append(slices.Clone(location), strconv.Itoa(i)), f)
		}
	case v.IsScalar():
		f(v, location)
	}
}
