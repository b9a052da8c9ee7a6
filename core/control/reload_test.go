package control

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func (f *fakeHub) Reload(ctx context.Context, dryRun bool) (Reload, error) {
	return f.reloading(ctx, dryRun)
}

func TestReloadTellsWhatItCameTo(t *testing.T) {
	want := Reload{OK: true, Problems: []Problem{{Severity: "warning", At: "a.yaml:1:2", Summary: "unused"}},
		Changes: []Change{{Kind: "endpoint", Action: "changed", Name: "web", At: "a.yaml:3:4", Class: "endpoint-restart",
			Keys: []KeyChange{{"path", "endpoint-restart", "/a", "/b"}}, Text: "endpoint web changed"}}, Plugins: []string{}}
	hub := &fakeHub{reloading: func(_ context.Context, dryRun bool) (Reload, error) {
		r := want
		r.DryRun = dryRun
		return r, nil
	}}
	_, client := start(t, t.TempDir(), hub)
	for _, dryRun := range []bool{false, true} {
		got, err := client.Reload(t.Context(), dryRun)
		want.DryRun = dryRun
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("dry-run %v: %+v, %v", dryRun, got, err)
		}
	}
	hub.reloading = func(context.Context, bool) (Reload, error) { return Reload{}, errors.New("the hub is about to end") }
	var refused *Error
	if _, err := client.Reload(t.Context(), false); !errors.As(err, &refused) || !strings.Contains(err.Error(), "about to end") {
		t.Errorf("error %v", err)
	}
}
