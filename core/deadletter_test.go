package core_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

func TestDeadLetterIsReadAsItWasStamped(t *testing.T) {
	own := core.NewAttributes(core.Attribute{Name: "conn", Value: "a-1.1"}, core.Attribute{Name: "kind", Value: "text"})
	first := time.Date(2026, 1, 31, 12, 0, 0, 1e6, time.UTC)
	want := core.DeadLetter{Route: "orders", Outlet: "archive", Reason: "refused", Attempts: 3, First: first,
		Last: first.Add(time.Second), Error: "no such table"}
	stamped := want.Stamp(own)
	got, rest, found := core.ReadDeadLetter(stamped)
	if !found || !reflect.DeepEqual(got, want) || !slices.Equal(rest, own) {
		t.Errorf("found %v, %+v, rest %v", found, got, rest)
	}
	for _, a := range stamped {
		if err := core.CheckAttribute(a); err != nil {
			t.Error(err)
		}
		if conn := a.Name == "conn" || a.Name == "kind"; core.HubAttribute(a.Name) == conn || !core.ReservedAttribute(a.Name) {
			t.Errorf("%s may be set by somebody it must not", a.Name)
		}
	}
	again := core.DeadLetter{Route: "other", Outlet: "x", Reason: "refused"}
	if twice := again.Stamp(stamped); len(twice) != len(stamped) {
		t.Errorf("stamped twice: %v", twice)
	}
	for i, a := range stamped {
		if !core.HubAttribute(a.Name) || a.Name == core.AttributeDeadError {
			continue
		}
		some := slices.Delete(slices.Clone(stamped), i, i+1)
		if _, rest, found := core.ReadDeadLetter(some); found || len(rest) != len(some) {
			t.Errorf("a dead letter without %s", a.Name)
		}
	}
}
