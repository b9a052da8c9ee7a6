package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// ChangeKind is what kind of thing differs between two configurations.
type ChangeKind uint8

// The kinds, in the order in which Compare tells them.
const (
	ChangeGlobal ChangeKind = iota + 1
	ChangeProgram
	ChangeMarshalling
	ChangeEndpoint
	ChangeRoute
	ChangeOutlet
)

func (k ChangeKind) String() string {
	return [...]string{"", "global", "program", "marshalling", "endpoint", "route", "outlet"}[min(k, ChangeOutlet)]
}

// ChangeAction is how a thing differs.
type ChangeAction uint8

// The actions.
const (
	ChangeAdded ChangeAction = iota + 1
	ChangeRemoved
	ChangeChanged
)

func (a ChangeAction) String() string {
	return [...]string{"", "added", "removed", "changed"}[min(a, ChangeChanged)]
}

// Change is one thing that differs between two configurations.
type Change struct {
	Kind   ChangeKind
	Action ChangeAction
	// Name is that of an instance, of a route's inbound endpoint, or of an outlet within its route; it is empty for the
	// section `global`. Route is the inbound endpoint of an outlet's route, and empty for all else.
	Name, Route string
	// Keys are what differs in a thing that was changed.
	Keys []KeyChange
	// Position is where the thing stands in the new file, or stood in the old one where it was removed.
	Position core.Position
}

// KeyChange is one key whose value differs. Old and New are the values for people, secrets redacted; they are equal where
// only a secret differs, and both empty where it can't be known what is one.
type KeyChange struct {
	Key      string
	Class    Class
	Old, New string
}

// Class is what a reload does to apply the change: the largest class of its keys. What is added or removed leaves all
// others alone.
func (c Change) Class() Class {
	largest := ClassLive
	for _, key := range c.Keys {
		largest = max(largest, key.Class)
	}
	return largest
}

func (c Change) String() string {
	var b strings.Builder
	b.WriteString(c.Kind.String() + " ")
	if c.Route != "" {
		b.WriteString(c.Route + " -> ")
	}
	if c.Name != "" {
		b.WriteString(c.Name + " ")
	}
	b.WriteString(c.Action.String() + " (" + c.Class().String() + ")")
	if c.Action == ChangeRemoved && c.Kind == ChangeOutlet {
		b.WriteString(": what it still has after shutdown-timeout is dropped")
	}
	for i, key := range c.Keys {
		b.WriteString([...]string{": ", ", "}[min(i, 1)] + key.String())
	}
	return b.String()
}

func (k KeyChange) String() string {
	if k.Old == k.New {
		return k.Key
	}
	return k.Key + " " + cmp.Or(k.Old, "(not set)") + " -> " + cmp.Or(k.New, "(not set)")
}

// sortChanges orders changes by kind and name, so that the same difference always reads the same.
func sortChanges(changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Name, b.Name))
	})
}
