package control

import (
	"context"
	"errors"
	"testing"
)

func (f *fakeHub) RestartPlugin(ctx context.Context, name string) error {
	return f.restarting(ctx, name)
}

func TestAPluginIsRestartedByItsName(t *testing.T) {
	_, client := start(t, t.TempDir(), &fakeHub{restarting: func(_ context.Context, name string) error {
		if name != "redis" {
			return UnknownPlugin(name, []string{"redis"})
		}
		return nil
	}})
	if err := client.RestartPlugin(t.Context(), "redis"); err != nil {
		t.Error(err)
	}
	var refusal *Error
	err := client.RestartPlugin(t.Context(), "reids")
	if !errors.As(err, &refusal) || refusal.Code != CodeUnknownPlugin || refusal.Nearest != "redis" {
		t.Errorf("an unknown plugin: %v", err)
	}
	if err := client.RestartPlugin(t.Context(), ""); !errors.As(err, &refusal) || refusal.Code != CodeBadRequest {
		t.Errorf("no name: %v", err)
	}
}
