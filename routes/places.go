package routes

import (
	"slices"
	"strings"
)

// anything stands in a place for any characters, also none. Plugins write their own signs for it, such as those of a
// Redis pattern, as this one, and a `*` that is meant literally as %2A.
const anything = "*"

// within begins places inside the hub itself: nobody else speaks or listens there.
const within = "hub:"

// overlap reports whether two places can be the same one.
func overlap(a, b string) bool {
	if !strings.Contains(a, anything) && !strings.Contains(b, anything) {
		return a == b
	}
	// meets[j] says whether the characters of a so far and the first j of b can be the same text.
	meets := make([]bool, len(b)+1)
	meets[0] = true
	for j := range len(b) {
		meets[j+1] = meets[j] && b[j] == anything[0]
	}
	for i := range len(a) {
		wild, diagonal := a[i] == anything[0], meets[0]
		meets[0] = meets[0] && wild
		for j := range len(b) {
			before := meets[j+1]
			if wild || b[j] == anything[0] {
				meets[j+1] = meets[j+1] && (wild || b[j] == anything[0]) || meets[j] || diagonal
			} else {
				meets[j+1] = diagonal && a[i] == b[j]
			}
			diagonal = before
		}
	}
	return meets[len(b)]
}

// listeners finds the routes whose inbound hears a place.
type listeners struct {
	// at are those that hear exactly one place; vague those that hear all that fits a text with anything in it.
	at    map[string][]int
	vague []vagueListener
}

type vagueListener struct {
	place string
	route int
}

func newListeners(list []Route, t table) *listeners {
	l := &listeners{at: map[string][]int{}}
	for i, route := range list {
		for _, place := range t.ends[route.Inbound].HearsFrom {
			if strings.Contains(place, anything) {
				l.vague = append(l.vague, vagueListener{place, i})
			} else {
				l.at[place] = append(l.at[place], i)
			}
		}
	}
	return l
}

// hearing are the routes that may hear what an end says, in the order of the file.
func (l *listeners) hearing(speaker End) []int {
	var list []int
	for _, place := range speaker.SpeaksTo {
		l.of(place, func(hearer int) { list = append(list, hearer) })
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// of calls found with each route that may hear what is spoken to a place.
func (l *listeners) of(place string, found func(route int)) {
	for _, r := range l.at[place] {
		found(r)
	}
	if strings.Contains(place, anything) {
		l.overlapping(place, found)
	}
	for _, v := range l.vague {
		if overlap(place, v.place) {
			found(v.route)
		}
	}
}

// overlapping is of for a place that may be many, of those that routes name exactly.
func (l *listeners) overlapping(place string, found func(route int)) {
	for heard, routes := range l.at {
		if !overlap(place, heard) {
			continue
		}
		for _, r := range routes {
			found(r)
		}
	}
}
