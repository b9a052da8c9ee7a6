package core

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxAttributeName is the length limit of an attribute's name, in bytes.
const MaxAttributeName = 64

// Attribute is one name and its value.
type Attribute struct{ Name, Value string }

// Attributes is sorted by name; each name stands once. It is immutable once it belongs to a Header.
type Attributes []Attribute

// NewAttributes sorts the attributes in place. A name that stands twice keeps its last value.
func NewAttributes(list ...Attribute) Attributes {
	slices.SortStableFunc(list, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	kept := list[:0]
	for i, a := range list {
		if i+1 < len(list) && list[i+1].Name == a.Name {
			continue
		}
		kept = append(kept, a)
	}
	return kept
}

// Get returns the value of name and whether it is there.
func (as Attributes) Get(name string) (string, bool) {
	i, found := slices.BinarySearchFunc(as, name, func(a Attribute, name string) int {
		return strings.Compare(a.Name, name)
	})
	if !found {
		return "", false
	}
	return as[i].Value, true
}

// reserved are the attributes that the hub or an endpoint stamps and that no client may set.
var reserved = map[string]bool{
	"id": true, "source": true, "type": true, "time": true, "subject": true, "conn": true, "peer": true,
	"peerport": true, "localip": true, "localport": true, "path": true, "subprotocol": true, "kind": true,
	"event": true, "user": true, "session": true, "hops": true, "correlation": true,
}

// ReservedAttribute reports whether only the hub or an endpoint itself may set the attribute.
func ReservedAttribute(name string) bool { return reserved[name] || deadAttribute(name) }

// TrustableAttribute reports whether an endpoint may pass the attribute on from outside, though it may be reserved, because
// the hub takes it only where the operator trusts the endpoint with it: whom a message is for, how often it went round,
// and which question it answers.
func TrustableAttribute(name string) bool {
	return name == "to" || name == "hops" || name == "correlation"
}

// CheckAttribute says what is wrong with an attribute: names match [a-z0-9]{1,64}, values are UTF-8 without control
// characters.
func CheckAttribute(a Attribute) error {
	if len(a.Name) == 0 || len(a.Name) > MaxAttributeName {
		return fmt.Errorf("attribute name of %d bytes: must be 1 to %d", len(a.Name), MaxAttributeName)
	}
	for i := range len(a.Name) {
		if c := a.Name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return fmt.Errorf("attribute name %q: only a to z and 0 to 9 may stand in it", a.Name)
		}
	}
	if !utf8.ValidString(a.Value) {
		return fmt.Errorf("attribute %s: value is not UTF-8", a.Name)
	}
	if strings.ContainsFunc(a.Value, unicode.IsControl) {
		return fmt.Errorf("attribute %s: value holds a control character", a.Name)
	}
	return nil
}
