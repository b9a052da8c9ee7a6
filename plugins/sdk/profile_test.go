package sdk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

func TestAPluginProfilesItself(t *testing.T) {
	h := sdktest.InMemory(t, plugin(func(sdk.Instance) sdk.Closer { return &endpoint{} }))
	for _, c := range []struct {
		request *pluginv1.ProfileRequest
		code    codes.Code
	}{
		{&pluginv1.ProfileRequest{Kind: pluginv1.ProfileKind_PROFILE_KIND_GOROUTINE}, codes.OK},
		{&pluginv1.ProfileRequest{Kind: pluginv1.ProfileKind_PROFILE_KIND_HEAP, Seconds: 99}, codes.OK},
		{&pluginv1.ProfileRequest{Kind: pluginv1.ProfileKind_PROFILE_KIND_CPU, Seconds: 1}, codes.OK},
		{&pluginv1.ProfileRequest{Kind: pluginv1.ProfileKind_PROFILE_KIND_CPU, Seconds: 61}, codes.InvalidArgument},
		{&pluginv1.ProfileRequest{Kind: pluginv1.ProfileKind_PROFILE_KIND_CPU}, codes.InvalidArgument},
		{&pluginv1.ProfileRequest{}, codes.InvalidArgument},
		{&pluginv1.ProfileRequest{Kind: 99}, codes.InvalidArgument},
	} {
		got, err := profileOf(t.Context(), h, c.request)
		if status.Code(err) != c.code || c.code == codes.OK && !bytes.HasPrefix(got, []byte{0x1f, 0x8b}) {
			t.Errorf("%v: %d bytes, %v", c.request, len(got), err)
		}
	}
}

func profileOf(ctx context.Context, h *sdktest.Hub, request *pluginv1.ProfileRequest) ([]byte, error) {
	stream, err := h.Client.Profile(ctx, request)
	if err != nil {
		return nil, err
	}
	var all []byte
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, part.Chunk...)
	}
}
