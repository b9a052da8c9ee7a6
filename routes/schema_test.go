package routes

import (
	"maps"
	"slices"
	"testing"
)

func TestTheSchemaHasEveryKey(t *testing.T) {
	outlet := outletSchemas()
	if got, want := slices.Sorted(maps.Keys(outlet)), slices.Sorted(slices.Values(outletKeys)); !slices.Equal(got, want) {
		t.Errorf("outlet: the schema has %v, the parser %v", got, want)
	}
	queue := outlet["queue"].(map[string]any)["properties"].(map[string]any)
	if got, want := slices.Sorted(maps.Keys(queue)), slices.Sorted(slices.Values(queueKeys)); !slices.Equal(got, want) {
		t.Errorf("queue: the schema has %v, the parser %v", got, want)
	}
}
