package document

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// NameRule says what a name may be, see core.ValidName.
const NameRule = "a name is 1 to 64 of the characters A-Z a-z 0-9 . _ -"

func itoa(n int) string { return strconv.Itoa(n) }

// The readers below set *into where the entry's value is right, and else add an error and leave *into as it is.

// String reads any scalar as its text.
func (e Entry) String(ps *core.Problems, into *string) {
	if !e.Value.IsScalar() || e.Value.IsNull() {
		e.refuse(ps, "a text is wanted")
		return
	}
	*into = e.Value.Text()
}

// Bool reads true or false.
func (e Entry) Bool(ps *core.Problems, into *bool) {
	text := strings.ToLower(e.Value.Text())
	if tag := e.tag(); tag != "!!bool" && tag != "" || text != "true" && text != "false" {
		e.refuse(ps, "true or false is wanted")
		return
	}
	*into = text == "true"
}

// Int reads a whole number from least to most, written in decimal.
func (e Entry) Int(ps *core.Problems, into *int, least, most int) {
	n, err := strconv.Atoi(e.Value.Text())
	tag := e.tag()
	if tag != "!!int" && tag != "" || err != nil || strconv.Itoa(n) != e.Value.Text() || n < least || n > most {
		e.refuse(ps, "a whole number from "+itoa(least)+" to "+itoa(most)+" is wanted")
		return
	}
	*into = n
}

// Ports reads a list of TCP ports and returns those that are right.
func (e Entry) Ports(ps *core.Problems) []int {
	var list []int
	for _, item := range e.Value.Items(ps, e.Key) {
		port := 0
		Entry{Key: e.Key, Value: item}.Int(ps, &port, 1, 65535)
		if port != 0 {
			list = append(list, port)
		}
	}
	return list
}

// Texts reads a list of texts that must be right, each once, and returns those that are. rule says what is right.
func (e Entry) Texts(ps *core.Problems, right func(string) bool, rule string) []string {
	var list []string
	for _, item := range e.Value.Items(ps, e.Key) {
		switch {
		case !item.IsScalar() || !right(item.Text()):
			ps.Errorf(item.Position(), rule, "%s: %s is not allowed", e.Key, item.Show())
		case slices.Contains(list, item.Text()):
			ps.Errorf(item.Position(), "", "%s: %s stands twice", e.Key, item.Show())
		default:
			list = append(list, item.Text())
		}
	}
	return list
}

// PathRule says what CleanPath wants.
const PathRule = "an absolute path is wanted"

// CleanPath reports whether a text is an absolute path, with slashes, in its one form.
func CleanPath(text string) bool { return path.IsAbs(text) && path.Clean(text) == text }

// Duration reads a time such as 20s or 1m30s, from least to most.
func (e Entry) Duration(ps *core.Problems, into *time.Duration, least, most time.Duration) {
	d, ok := ParseDuration(e.Value.Text())
	if !e.Value.IsScalar() || !ok || d < least || d > most {
		e.refuse(ps, "a time from "+FormatDuration(least)+" to "+FormatDuration(most)+" is wanted, such as 20s")
		return
	}
	*into = d
}

// Bytes reads a size such as 64KiB, from least to most.
func (e Entry) Bytes(ps *core.Problems, into *int, least, most int) {
	n, ok := ParseBytes(e.Value.Text())
	if !e.Value.IsScalar() || !ok || n < least || n > most {
		e.refuse(ps, "a size from "+FormatBytes(least)+" to "+FormatBytes(most)+" is wanted, such as 64KiB")
		return
	}
	*into = n
}

// OneOf reads one of the allowed words.
func (e Entry) OneOf(ps *core.Problems, into *string, allowed ...string) {
	if text := e.Value.Text(); e.Value.IsScalar() && slices.Contains(allowed, text) {
		*into = text
		return
	}
	e.refuse(ps, Suggest(ps, e.Value.Original(), "allowed", allowed))
}

// tag is the value's; a value that is no scalar has none of a scalar's.
func (e Entry) tag() string {
	if !e.Value.IsScalar() {
		return "!!seq"
	}
	return e.Value.Tag()
}

func (e Entry) refuse(ps *core.Problems, wanted string) {
	at := e.Value.Position()
	if e.Value.IsNull() {
		ps.Errorf(e.at, wanted, "%s has no value", e.Key)
		return
	}
	ps.Errorf(at, wanted, "%s: %s is not allowed", e.Key, e.Value.Show())
}

// Unknown adds the error for a key that nobody reads.
func (e Entry) Unknown(ps *core.Problems, allowed []string) {
	ps.Errorf(e.at, Suggest(ps, e.Key, "allowed", allowed), "unknown key %q", e.Key)
}
