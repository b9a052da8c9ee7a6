package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// Reload is what a reload did, or would do. Its JSON names are a promise, as those of Status are.
type Reload struct {
	DryRun bool `json:"dry-run"`
	// OK: the configuration holds now, or would; else all is as it was.
	OK bool `json:"ok"`
	// Error is why not, where the configuration itself is right, and which endpoints were closed and opened again for nothing.
	Error string `json:"error,omitempty"`
	// Problems are what is to be said of the configuration. One that is an error keeps it from being taken.
	Problems []Problem `json:"problems"`
	// Changes are what differs, by kind and name; none where nothing does.
	Changes []Change `json:"changes"`
	// Plugins are the names of those whose program's file was replaced, so that their processes are too.
	Plugins []string `json:"plugins"`
	// Remarks are what else came of it, such as messages that went with an outlet.
	Remarks []string `json:"remarks"`
}

// Change is one thing that differs between the configuration that holds and the new one.
type Change struct {
	// Kind is global, marshalling, endpoint, route or outlet; Action is added, removed or changed.
	Kind   string `json:"kind"`
	Action string `json:"action"`
	// Name is empty for global; Route is the inbound endpoint of an outlet's route.
	Name  string `json:"name,omitempty"`
	Route string `json:"route,omitempty"`
	At    string `json:"at"`
	// Class is live, endpoint-restart or hub-restart, the largest of its keys.
	Class string      `json:"class"`
	Keys  []KeyChange `json:"keys"`
	// Text is all of it in one line.
	Text string `json:"text"`
}

// KeyChange is one key that differs, secrets redacted.
type KeyChange struct {
	Key   string `json:"key"`
	Class string `json:"class"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Reloads is how often the configuration was taken anew.
type Reloads struct {
	// Generation counts the configurations that held, from 1.
	Generation int `json:"generation"`
	// Time is when the last reload came to its end that took the configuration; zero where there was none.
	Time time.Time `json:"time,omitzero"`
	// FailedTime and Failure are of the last one that changed nothing, left out where the newest one did not fail.
	FailedTime time.Time `json:"failed-time,omitzero"`
	Failure    string    `json:"failure,omitempty"`
}

// reloading is the body of reload.
type reloading struct {
	DryRun bool `json:"dry-run,omitempty"`
}

func (s *Server) reload(ctx context.Context, body []byte) (any, error) {
	var r reloading
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return nil, badRequest(`the body must be {"dry-run": true or false}`)
	}
	return s.hub.Reload(ctx, r.DryRun)
}

// Reload has the hub read its configuration again and returns what that came to, when what is gone is drained. With
// dryRun nothing is changed. A configuration that is not taken is no error: see Reload.OK.
func (c *Client) Reload(ctx context.Context, dryRun bool) (Reload, error) {
	var r Reload
	body, err := c.do(ctx, http.MethodPost, "/v1/reload", reloading{dryRun})
	if err != nil {
		return r, err
	}
	err = json.NewDecoder(body).Decode(&r)
	return r, errors.Join(err, body.Close())
}
