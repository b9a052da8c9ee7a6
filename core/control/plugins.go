package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/araldo-relay/araldo/core"
)

// CodeUnknownPlugin says that no plugin of that name runs.
const CodeUnknownPlugin Code = "unknown-plugin"

// UnknownPlugin is the answer to a command for a plugin that is not among names.
func UnknownPlugin(name string, names []string) *Error {
	return &Error{CodeUnknownPlugin, fmt.Sprintf("there is no plugin %q", name), core.Nearest(name, names)}
}

// pluginTarget is the body of the command for one plugin.
type pluginTarget struct {
	Plugin string `json:"plugin"`
}

func (s *Server) restart(ctx context.Context, body []byte) (any, error) {
	var t pluginTarget
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil || t.Plugin == "" {
		return nil, badRequest(`the body must be {"plugin": NAME}`)
	}
	return struct{}{}, s.hub.RestartPlugin(ctx, t.Plugin)
}

// RestartPlugin has a plugin's process replaced and returns when that is done, however long the drain takes. An unknown
// name is an *Error with CodeUnknownPlugin.
func (c *Client) RestartPlugin(ctx context.Context, name string) error {
	body, err := c.do(ctx, http.MethodPost, "/v1/restart", pluginTarget{name})
	if err != nil {
		return err
	}
	return body.Close()
}
